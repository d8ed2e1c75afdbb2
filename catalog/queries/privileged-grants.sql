-- name: privileged-grants
-- version: 1
-- answers: Which rights were granted in AWS without a ticket that was approved before?
WITH ticket AS (
  SELECT * FROM access_requests
  WHERE system = 'aws-iam' AND period_end = (SELECT max(period_end) FROM access_requests)
),
call AS (
  SELECT
    event_id,
    min(event_time) AS event_time,
    min(event_name) AS event_name,
    min(user_arn) AS granted_by,
    min(evidence_id) AS evidence_id,
    min(coalesce(
      json_extract(request_parameters, '$.userName'),
      json_extract(request_parameters, '$.roleName'),
      CASE WHEN event_name <> 'AddUserToGroup' THEN json_extract(request_parameters, '$.groupName') END
    )) AS account,
    min(coalesce(
      json_extract(request_parameters, '$.policyArn'),
      json_extract(request_parameters, '$.policyName'),
      json_extract(request_parameters, '$.groupName')
    )) AS entitlement
  FROM cloudtrail_events
  WHERE event_source = 'iam.amazonaws.com'
    AND error_code IS NULL
    AND event_name IN (
      'AttachUserPolicy', 'AttachRolePolicy', 'AttachGroupPolicy', 'PutUserPolicy', 'PutRolePolicy', 'PutGroupPolicy',
      'AddUserToGroup', 'DetachUserPolicy', 'DetachRolePolicy', 'DetachGroupPolicy', 'DeleteUserPolicy',
      'DeleteRolePolicy', 'DeleteGroupPolicy', 'RemoveUserFromGroup'
    )
  GROUP BY event_id
),
-- What happened after the newest ticket export cannot be judged by it.
granted AS (
  SELECT * FROM call
  WHERE (event_name LIKE 'Attach%' OR event_name LIKE 'Put%' OR event_name LIKE 'Add%')
    AND event_time < (SELECT max(period_end) FROM access_requests)
),
judged AS (
  SELECT
    granted.*,
    (
      SELECT min(ticket.key) FROM ticket
      WHERE lower(ticket.account) = lower(granted.account) AND ticket.entitlement = granted.entitlement
        AND ticket.status IN ('approved', 'fulfilled') AND ticket.approved_at <= granted.event_time
        AND (ticket.expires_at IS NULL OR ticket.expires_at > granted.event_time)
    ) AS approved_ticket,
    (
      SELECT min(ticket.key) FROM ticket
      WHERE lower(ticket.account) = lower(granted.account) AND ticket.entitlement = granted.entitlement
    ) AS other_ticket,
    (
      SELECT min(later.event_time) FROM call AS later
      WHERE later.account = granted.account AND later.entitlement = granted.entitlement
        AND later.event_time > granted.event_time
        AND (later.event_name LIKE 'Detach%' OR later.event_name LIKE 'Delete%' OR later.event_name LIKE 'Remove%')
    ) AS revoked_at
  FROM granted
)
SELECT
  account || ': ' || entitlement || ' at ' || event_time AS subject,
  CASE WHEN approved_ticket IS NOT NULL THEN 'pass' WHEN revoked_at IS NOT NULL THEN 'partial' ELSE 'fail' END AS outcome,
  CASE
    WHEN approved_ticket IS NOT NULL THEN ''
    ELSE 'Granted by ' || coalesce(granted_by, 'an unknown caller') || ' '
      || CASE WHEN other_ticket IS NULL THEN 'without any ticket'
              ELSE 'although ticket ' || other_ticket || ' was not approved and valid at that time' END
      || CASE WHEN revoked_at IS NULL THEN '.' ELSE '; revoked at ' || revoked_at || '.' END
  END AS detail,
  evidence_id || ' ' || (SELECT max(evidence_id) FROM access_requests) AS evidence_ids,
  coalesce(approved_ticket, other_ticket) AS ticket,
  granted_by
FROM judged
ORDER BY event_time, event_id;
