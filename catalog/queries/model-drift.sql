-- name: model-drift
-- version: 1
-- answers: Which models drifted beyond what was agreed, or were not measured?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM model_drift
),
seen AS (
  SELECT
    measured.model || ': ' || measured.metric AS subject,
    measured.evidence_id,
    date(measured.period_end, '-1 day') AS day,
    measured.period_end = last_state.period_end AS is_last,
    CASE
      WHEN measured.value IS NULL OR measured.measured_at IS NULL THEN 'Was not measured'
      WHEN unixepoch(measured.measured_at) < unixepoch(measured.period_start)
        THEN 'Was measured last at ' || measured.measured_at
      WHEN measured.value > measured.threshold
        THEN 'Drifted to ' || printf('%.3f', measured.value) || ' where ' || printf('%.3f', measured.threshold)
          || ' was agreed' || coalesce(' (' || nullif(measured.reaction, '') || ')', '')
    END AS problem
  FROM model_drift AS measured
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
      || CASE WHEN stands THEN '; it stands.' ELSE '; within bounds again, or out of service, since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
