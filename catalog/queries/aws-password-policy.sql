-- name: aws-password-policy
-- version: 1
-- answers: Which accounts have no rules for passwords, or weak ones?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM aws_password_policy
),
seen AS (
  SELECT
    state.account AS subject,
    state.evidence_id,
    date(state.period_end, '-1 day') AS day,
    state.period_end = last_state.period_end AS is_last,
    CASE
      WHEN NOT state.present THEN 'The account has no rules for passwords'
      WHEN coalesce(state.minimum_length, 0) < 14
        THEN 'Passwords may be as short as ' || coalesce(state.minimum_length, 0) || ' characters'
      WHEN coalesce(state.reuse_prevention, 0) < 4
        THEN coalesce('Only the last ' || nullif(state.reuse_prevention, 0)
          || ' passwords are barred', 'Earlier passwords can be used again')
      WHEN NOT coalesce(state.require_numbers, 0)
        OR NOT (coalesce(state.require_lowercase, 0) OR coalesce(state.require_uppercase, 0))
        THEN 'Passwords need not hold letters and digits'
      WHEN NOT coalesce(state.allow_change, 0) THEN 'Users cannot change their own password'
    END AS problem
  FROM aws_password_policy AS state
  CROSS JOIN last_state
),
judged AS (
  SELECT
    subject,
    max(problem IS NOT NULL) AS was_exception,
    max(problem IS NOT NULL AND is_last) AS stands,
    -- What was wrong when it was seen last.
    substr(max(CASE WHEN problem IS NOT NULL THEN day || problem END), 11) AS problem,
    min(CASE WHEN problem IS NOT NULL THEN day END) AS first_seen,
    max(CASE WHEN problem IS NOT NULL THEN day END) AS last_seen,
    coalesce(min(CASE WHEN problem IS NOT NULL THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN problem IS NOT NULL THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE problem || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
