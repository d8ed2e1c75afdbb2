-- name: okta-privileged-groups
-- version: 1
-- answers: Who is in a privileged group without a valid approval?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM okta_group_members
),
ticket AS (
  SELECT key, lower(account) AS account, lower(entitlement) AS entitlement, approved_at, expires_at
  FROM access_requests
  WHERE period_end = (SELECT max(period_end) FROM access_requests)
    AND lower(system) = 'okta' AND status IN ('approved', 'fulfilled')
),
member AS (
  SELECT
    privileged.name AS group_name,
    lower(json_extract(person.value, '$.profile.login')) AS login,
    privileged.evidence_id,
    privileged.period_end
  FROM okta_group_members AS privileged, json_each(privileged.members) AS person
  WHERE json_extract(person.value, '$.status') IN ('ACTIVE', 'PASSWORD_EXPIRED', 'RECOVERY', 'LOCKED_OUT')
),
seen AS (
  SELECT
    member.group_name || ': ' || member.login AS subject,
    member.evidence_id,
    date(member.period_end, '-1 day') AS day,
    member.period_end = last_answer.period_end AS is_last,
    NOT EXISTS (
      SELECT 1 FROM ticket
      WHERE ticket.account = member.login AND ticket.entitlement = lower(member.group_name)
        AND ticket.approved_at < member.period_end
        AND (ticket.expires_at IS NULL OR ticket.expires_at >= member.period_end)
    ) AS is_exception
  FROM member, last_answer
),
judged AS (
  SELECT
    subject,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    min(CASE WHEN is_exception THEN day END) AS first_seen,
    max(CASE WHEN is_exception THEN day END) AS last_seen,
    coalesce(min(CASE WHEN is_exception THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN is_exception THEN evidence_id END), max(evidence_id)) AS last_evidence,
    max(is_last) AS is_there
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'In the group without a valid approval, seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' WHEN is_there THEN '; approved since.' ELSE '; removed since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END
    || coalesce(' ' || (SELECT max(evidence_id) FROM access_requests), '') AS evidence_ids
FROM judged
ORDER BY subject;
