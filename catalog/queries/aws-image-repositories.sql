-- name: aws-image-repositories
-- version: 1
-- answers: Which image repositories do not scan what is pushed, or let a tag be moved?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM aws_image_repositories
),
seen AS (
  SELECT
    state.account || '/' || state.region || '/' || state.identifier AS subject,
    state.evidence_id,
    date(state.period_end, '-1 day') AS day,
    state.period_end = last_state.period_end AS is_last,
    CASE
      WHEN NOT coalesce(json_extract(state.properties, '$.ImageScanningConfiguration.ScanOnPush'), 0) IN (1, 'true')
        THEN 'Images are not scanned when they are pushed'
      WHEN coalesce(json_extract(state.properties, '$.ImageTagMutability'), 'MUTABLE') NOT LIKE 'IMMUTABLE%'
        THEN 'A tag can be moved to another image'
    END AS problem
  FROM aws_image_repositories AS state
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
