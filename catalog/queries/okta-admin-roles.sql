-- name: okta-admin-roles
-- version: 1
-- answers: Which administrator roles of the directory are held without a valid approval, or were given before it?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM okta_role_assignments
),
ticket AS (
  SELECT key, lower(account) AS account, lower(entitlement) AS entitlement, approved_at, expires_at
  FROM access_requests
  WHERE period_end = (SELECT max(period_end) FROM access_requests)
    AND lower(system) = 'okta' AND status IN ('approved', 'fulfilled')
),
assignment AS (
  SELECT
    lower(account.login) AS login,
    json_extract(role.value, '$.type') AS role,
    -- A role that is held twice, directly and by a group, counts from the first time.
    min(strftime('%Y-%m-%dT%H:%M:%SZ', json_extract(role.value, '$.created'))) AS given_at,
    max(json_extract(role.value, '$.assignmentType') = 'GROUP') AS is_by_group,
    account.evidence_id,
    account.period_end
  FROM okta_role_assignments AS account, json_each(account.roles) AS role
  WHERE coalesce(json_extract(role.value, '$.status'), 'ACTIVE') = 'ACTIVE'
  GROUP BY lower(account.login), json_extract(role.value, '$.type'), account.evidence_id, account.period_end
),
answered AS (
  SELECT
    assignment.*,
    (
      SELECT min(ticket.approved_at) FROM ticket
      WHERE ticket.account = assignment.login AND ticket.entitlement = lower(assignment.role)
        AND ticket.approved_at < assignment.period_end
        AND (ticket.expires_at IS NULL OR ticket.expires_at >= assignment.period_end)
    ) AS approved_at
  FROM assignment
),
seen AS (
  SELECT
    answered.login || ': ' || answered.role AS subject,
    answered.evidence_id,
    date(answered.period_end, '-1 day') AS day,
    answered.period_end = last_answer.period_end AS is_last,
    answered.approved_at IS NULL AS is_exception,
    answered.given_at,
    answered.approved_at,
    answered.is_by_group,
    coalesce(julianday(answered.given_at) < julianday(answered.approved_at), 0) AS is_early
  FROM answered, last_answer
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
    max(is_early) AS was_early,
    max(is_last) AS is_held,
    max(is_by_group) AS is_by_group,
    min(given_at) AS given_at,
    max(approved_at) AS approved_at
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN stands THEN 'fail' WHEN was_exception OR was_early THEN 'partial' ELSE 'pass' END AS outcome,
  CASE
    WHEN was_exception THEN 'Held without a valid approval' || CASE WHEN is_by_group THEN ', by a group' ELSE '' END || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' WHEN is_held THEN '; approved since.' ELSE '; taken away since.' END
    WHEN was_early THEN 'Given at ' || given_at || ' and approved only afterwards, at ' || approved_at || '.'
    ELSE ''
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END
    || coalesce(' ' || (SELECT max(evidence_id) FROM access_requests), '') AS evidence_ids,
  given_at,
  approved_at
FROM judged
ORDER BY subject;
