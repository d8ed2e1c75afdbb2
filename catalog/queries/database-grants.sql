-- name: database-grants
-- version: 1
-- answers: Which database rights were granted in the period without a ticket that was approved before?
WITH ticket AS (
  SELECT * FROM access_requests
  WHERE system = 'database' AND period_end = (SELECT max(period_end) FROM access_requests)
),
last_export AS (
  SELECT max(period_end) AS period_end FROM granted_rights
),
-- What was granted after the newest ticket export cannot be judged by it.
granted AS (
  SELECT
    cluster,
    database,
    grantee,
    privilege,
    granted_at,
    min(granted_by) AS granted_by,
    max(period_end) = (SELECT period_end FROM last_export) AS stands,
    min(evidence_id) AS first_evidence,
    max(evidence_id) AS last_evidence
  FROM granted_rights
  WHERE grantee_kind <> 'system'
    AND granted_at >= :period_start
    AND granted_at < min(:period_end, (SELECT max(period_end) FROM access_requests))
  GROUP BY cluster, database, grantee, privilege, granted_at
),
judged AS (
  SELECT
    granted.*,
    (
      SELECT min(ticket.key) FROM ticket
      WHERE ticket.resource = granted.cluster AND lower(ticket.account) = lower(granted.grantee)
        AND ticket.entitlement = granted.privilege
        AND ticket.status IN ('approved', 'fulfilled') AND ticket.approved_at <= granted.granted_at
        AND (ticket.expires_at IS NULL OR ticket.expires_at > granted.granted_at)
    ) AS approved_ticket,
    (
      SELECT min(ticket.key) FROM ticket
      WHERE ticket.resource = granted.cluster AND lower(ticket.account) = lower(granted.grantee)
        AND ticket.entitlement = granted.privilege
    ) AS other_ticket
  FROM granted
)
SELECT
  grantee || ': ' || privilege || ' on ' || cluster || '/' || database || ' at ' || granted_at AS subject,
  CASE WHEN approved_ticket IS NOT NULL THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN approved_ticket IS NOT NULL THEN ''
    ELSE 'Granted by ' || granted_by || ' '
      || CASE WHEN other_ticket IS NULL THEN 'without any ticket for this cluster, account and right'
              ELSE 'although ticket ' || other_ticket || ' was not approved and valid at that time' END
      || CASE WHEN stands THEN '; it stands.' ELSE '; revoked since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END
    || ' ' || (SELECT max(evidence_id) FROM access_requests) AS evidence_ids,
  coalesce(approved_ticket, other_ticket) AS ticket,
  granted_by
FROM judged
ORDER BY granted_at, subject;
