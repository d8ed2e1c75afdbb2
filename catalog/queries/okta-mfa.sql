-- name: okta-mfa
-- version: 1
-- answers: Which users of the directory can sign in and have no second factor?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM okta_user_factors
),
seen AS (
  SELECT
    lower(account.login) AS subject,
    account.evidence_id,
    date(account.period_end, '-1 day') AS day,
    account.period_end = last_answer.period_end AS is_last,
    NOT EXISTS (
      SELECT 1 FROM json_each(account.factors) AS factor
      WHERE json_extract(factor.value, '$.status') = 'ACTIVE'
        AND json_extract(factor.value, '$.factorType') NOT IN ('question', 'email')
    ) AS is_exception,
    -- What was there and does not count.
    EXISTS (
      SELECT 1 FROM json_each(account.factors) AS factor
      WHERE json_extract(factor.value, '$.status') = 'ACTIVE' AND json_extract(factor.value, '$.factorType') IN ('question', 'email')
    ) AS has_weak
  FROM okta_user_factors AS account, last_answer
  WHERE account.status IN ('ACTIVE', 'PASSWORD_EXPIRED', 'RECOVERY', 'LOCKED_OUT')
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
    max(CASE WHEN is_exception THEN has_weak END) AS had_weak
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE CASE WHEN had_weak THEN 'Has only a security question or an e-mail beside the password, seen '
        ELSE 'Has nothing beside the password, seen ' END
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  first_seen,
  last_seen
FROM judged
ORDER BY subject;
