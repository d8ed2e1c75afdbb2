-- name: password-policy
-- version: 1
-- answers: Does the password policy ask for what it has to?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM password_rules
),
rule AS (
  SELECT 'length of at least 14' AS subject, 'number' AS kind, minimum_length AS value, coalesce(minimum_length, 0) >= 14 AS holds,
    evidence_id, period_end
  FROM password_rules
  UNION ALL
  SELECT 'a symbol', 'switch', require_symbols, coalesce(require_symbols, 0), evidence_id, period_end FROM password_rules
  UNION ALL
  SELECT 'a digit', 'switch', require_numbers, coalesce(require_numbers, 0), evidence_id, period_end FROM password_rules
  UNION ALL
  SELECT 'an uppercase letter', 'switch', require_uppercase, coalesce(require_uppercase, 0), evidence_id, period_end
  FROM password_rules
  UNION ALL
  SELECT 'a lowercase letter', 'switch', require_lowercase, coalesce(require_lowercase, 0), evidence_id, period_end
  FROM password_rules
  UNION ALL
  SELECT 'a new password after at most 90 days', 'longest', maximum_age_days, coalesce(maximum_age_days, 0) BETWEEN 1 AND 90,
    evidence_id, period_end
  FROM password_rules
  UNION ALL
  SELECT 'none of the last 24 passwords', 'number', reuse_prevention, coalesce(reuse_prevention, 0) >= 24, evidence_id, period_end
  FROM password_rules
),
judged AS (
  SELECT
    subject,
    max(NOT holds) AS was_exception,
    max(NOT holds AND rule.period_end = last_answer.period_end) AS stands,
    -- Numbers are compared as numbers; where a rule was not set at all it said nothing.
    CASE
      WHEN kind = 'switch' THEN 'no'
      WHEN max(NOT holds AND value IS NULL) THEN 'nothing'
      WHEN kind = 'longest' THEN max(CASE WHEN NOT holds THEN value END)
      ELSE min(CASE WHEN NOT holds THEN value END)
    END AS weakest,
    min(CASE WHEN NOT holds THEN date(rule.period_end, '-1 day') END) AS first_seen,
    coalesce(min(CASE WHEN NOT holds THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN NOT holds THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM rule, last_answer
  GROUP BY subject, kind
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'The policy does not ask for ' || subject || ' (it says ' || weakest || '), first seen ' || first_seen
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
