-- name: aws-trail-delivery
-- version: 1
-- answers: Which trails do not record, or have delivered nothing for a day?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM aws_trail_status
),
seen AS (
  SELECT
    state.account || '/' || state.region || '/' || state.name AS subject,
    state.evidence_id,
    date(state.period_end, '-1 day') AS day,
    state.period_end = last_state.period_end AS is_last,
    NOT state.is_logging OR coalesce(state.latest_delivery_error, '') <> '' AS is_silent,
    CASE
      WHEN NOT state.is_logging THEN 'The trail does not record'
      WHEN coalesce(state.latest_delivery_error, '') <> ''
        THEN 'The trail cannot deliver (' || state.latest_delivery_error || ')'
      -- A trail delivers about every five minutes; a day without anything is silence.
      WHEN state.latest_delivery_time IS NULL OR unixepoch(state.period_end) - unixepoch(state.latest_delivery_time) > 86400
        THEN coalesce('The trail delivered last at ' || state.latest_delivery_time, 'The trail has never delivered')
      WHEN NOT state.log_file_validation THEN 'The trail keeps no digests of its files'
      WHEN state.kms_key_id IS NULL THEN 'The trail encrypts without a key of ours'
    END AS problem
  FROM aws_trail_status AS state
  CROSS JOIN last_state
),
judged AS (
  SELECT
    subject,
    max(is_silent) AS was_silent,
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
  CASE WHEN was_silent THEN 'critical' ELSE 'high' END AS severity
FROM judged
ORDER BY subject;
