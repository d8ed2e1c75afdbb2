-- name: scanner-rules-broken
-- version: 1
-- answers: Which rules of the scanner are broken and not accepted?
WITH last_scan AS (
  SELECT max(period_end) AS period_end FROM scanner_findings
),
seen AS (
  SELECT
    found.rule || ' in ' || found.target || coalesce(' at ' || nullif(found.location, ''), '') AS subject,
    found.title,
    CASE found.severity WHEN 'critical' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 ELSE 4 END AS rank,
    found.evidence_id,
    date(found.period_end, '-1 day') AS day,
    found.period_end = last_scan.period_end AS is_last,
    CASE WHEN found.status = 'open' THEN 'The rule is broken' END AS problem
  FROM scanner_findings AS found
  CROSS JOIN last_scan
  WHERE found.severity <> 'info'
),
judged AS (
  SELECT
    subject,
    max(title) AS title,
    min(rank) AS rank,
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
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected, accepted or no longer reported since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  CASE rank WHEN 1 THEN 'critical' WHEN 2 THEN 'high' WHEN 3 THEN 'medium' ELSE 'low' END AS severity,
  title
FROM judged
ORDER BY subject;
