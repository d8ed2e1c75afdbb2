-- name: log-trail
-- version: 1
-- answers: Is every log trail on and validated, and does one cover all regions?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM terraform_resources
),
trail AS (
  SELECT
    coalesce(module || '.', '') || type || '.' || name || coalesce('[' || index_key || ']', '') AS subject,
    evidence_id,
    period_end,
    coalesce(json_extract(attributes, '$.enable_logging'), 1) AS is_logging,
    coalesce(json_extract(attributes, '$.enable_log_file_validation'), 0) AS is_validated,
    coalesce(json_extract(attributes, '$.is_multi_region_trail'), 0) AS is_multi_region
  FROM terraform_resources
  WHERE mode = 'managed' AND type = 'aws_cloudtrail'
),
seen AS (
  SELECT subject, evidence_id, period_end,
    CASE
      WHEN NOT is_logging THEN 'The trail does not record'
      WHEN NOT is_validated THEN 'The trail keeps no digests of its files'
    END AS problem
  FROM trail
  UNION ALL
  -- States without any trail count here as well: every state is asked.
  SELECT 'a trail of all regions', state.evidence_id, state.period_end,
    CASE
      WHEN NOT EXISTS (SELECT 1 FROM trail WHERE trail.evidence_id = state.evidence_id) THEN 'There is no trail'
      WHEN NOT EXISTS (
        SELECT 1 FROM trail WHERE trail.evidence_id = state.evidence_id AND is_multi_region AND is_logging
      ) THEN 'No trail that records covers all regions'
    END
  FROM (SELECT DISTINCT evidence_id, period_end FROM terraform_resources) AS state
),
judged AS (
  SELECT
    subject,
    max(problem) AS problem,
    max(problem IS NOT NULL AND seen.period_end = last_state.period_end) AS stands,
    min(CASE WHEN problem IS NOT NULL THEN date(seen.period_end, '-1 day') END) AS first_seen,
    max(CASE WHEN problem IS NOT NULL THEN date(seen.period_end, '-1 day') END) AS last_seen,
    coalesce(min(CASE WHEN problem IS NOT NULL THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN problem IS NOT NULL THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM seen, last_state
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN problem IS NULL THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN problem IS NULL THEN ''
    ELSE problem || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
