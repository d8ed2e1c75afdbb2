-- name: okta-password-policy
-- version: 1
-- answers: Which password policies of the directory ask for too little?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM okta_password_policies
),
policy AS (
  SELECT * FROM okta_password_policies WHERE status = 'ACTIVE'
),
rule AS (
  SELECT name, 'at least 12 characters' AS asks, minimum_length AS value, coalesce(minimum_length, 0) >= 12 AS holds, evidence_id, period_end
  FROM policy
  UNION ALL
  SELECT name, 'a lower-case letter', minimum_lowercase, coalesce(minimum_lowercase, 0) >= 1, evidence_id, period_end FROM policy
  UNION ALL
  SELECT name, 'an upper-case letter', minimum_uppercase, coalesce(minimum_uppercase, 0) >= 1, evidence_id, period_end FROM policy
  UNION ALL
  SELECT name, 'a digit', minimum_numbers, coalesce(minimum_numbers, 0) >= 1, evidence_id, period_end FROM policy
  UNION ALL
  SELECT name, 'passwords other than the last 4', history, coalesce(history, 0) >= 4, evidence_id, period_end FROM policy
  UNION ALL
  -- Without a number of attempts, or with 0, nothing is locked.
  SELECT name, 'a lock after at most 10 attempts', maximum_attempts, coalesce(maximum_attempts, 0) BETWEEN 1 AND 10, evidence_id, period_end
  FROM policy
),
seen AS (
  SELECT
    rule.name || ': ' || rule.asks AS subject,
    rule.asks,
    rule.evidence_id,
    date(rule.period_end, '-1 day') AS day,
    rule.period_end = last_answer.period_end AS is_last,
    NOT rule.holds AS is_exception,
    rule.value
  FROM rule, last_answer
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
    min(asks) AS asks,
    max(is_exception AND value IS NULL) AS said_nothing,
    min(CASE WHEN is_exception THEN value END) AS said
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'The policy does not ask for ' || asks || ' (it says ' || CASE WHEN said_nothing THEN 'nothing' ELSE said END
      || '), first seen ' || first_seen || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
