-- name: secrets-in-code
-- version: 1
-- answers: Which secrets stand in source code?
WITH last_scan AS (
  SELECT max(period_end) AS period_end FROM secret_findings
),
seen AS (
  SELECT
    rule_id || ' in ' || coalesce(json_extract(locations, '$[0].physicalLocation.artifactLocation.uri'), 'an unnamed file')
      || ', line ' || coalesce(json_extract(locations, '$[0].physicalLocation.region.startLine'), 0) AS subject,
    evidence_id,
    message,
    date(found.period_end, '-1 day') AS day,
    found.period_end = last_scan.period_end AS is_last,
    -- A suppression without a status counts as accepted (SARIF 2.1.0, section 3.35.3).
    NOT EXISTS (
      SELECT 1 FROM json_each(found.suppressions) AS suppression
      WHERE suppression.type = 'object'
        AND coalesce(json_extract(CASE suppression.type WHEN 'object' THEN suppression.value END, '$.status'), 'accepted') = 'accepted'
    ) AS is_exception
  FROM secret_findings AS found, last_scan
),
judged AS (
  SELECT
    subject,
    max(message) AS message,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    min(CASE WHEN is_exception THEN day END) AS first_seen,
    max(CASE WHEN is_exception THEN day END) AS last_seen,
    coalesce(min(CASE WHEN is_exception THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN is_exception THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'A secret stands in the code, seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; no longer reported.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  message
FROM judged
ORDER BY subject;
