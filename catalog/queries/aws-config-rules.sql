-- name: aws-config-rules
-- version: 1
-- answers: Which resources do not comply with a rule of AWS Config?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM aws_config_findings
),
seen AS (
  SELECT
    state.account || '/' || state.region || '/' || state.rule || ': ' || state.resource_type || ' '
      || state.resource_id AS subject,
    state.evidence_id,
    date(state.period_end, '-1 day') AS day,
    state.period_end = last_state.period_end AS is_last,
    state.rule,
    CASE
      WHEN state.compliance = 'NON_COMPLIANT' THEN 'Does not comply with the rule'
    END AS problem
  FROM aws_config_findings AS state
  CROSS JOIN last_state
  -- Where the rule does not apply, or AWS has too little to judge, there is nothing to examine.
  WHERE state.compliance IN ('COMPLIANT', 'NON_COMPLIANT')
),
judged AS (
  SELECT
    subject,
    max(rule) AS rule,
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
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  rule
FROM judged
ORDER BY subject;
