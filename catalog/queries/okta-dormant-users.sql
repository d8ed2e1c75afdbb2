-- name: okta-dormant-users
-- version: 1
-- answers: Which users of the directory did not sign in for 90 days?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM okta_users
),
account AS (
  SELECT
    lower(login) AS subject,
    evidence_id,
    account.period_end,
    account.period_end = last_answer.period_end AS is_last,
    -- A new account has to be given time to be used.
    max(created_at, coalesce(activated_at, ''), coalesce(last_login_at, '')) AS last_active_at
  FROM okta_users AS account, last_answer
  WHERE status IN ('ACTIVE', 'PASSWORD_EXPIRED', 'RECOVERY', 'LOCKED_OUT')
),
seen AS (
  SELECT *, date(period_end, '-1 day') AS day,
    strftime('%Y-%m-%dT%H:%M:%SZ', last_active_at) < strftime('%Y-%m-%dT%H:%M:%SZ', period_end, '-90 days') AS is_exception
  FROM account
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
    max(last_active_at) AS last_active_at,
    min(CASE WHEN is_exception THEN last_active_at END) AS unused_since
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'No sign-in since ' || substr(unused_since, 1, 10) || ' and still enabled on ' || last_seen
      || CASE WHEN stands THEN '; it stands.' ELSE '; used or deactivated since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  last_active_at
FROM judged
ORDER BY subject;
