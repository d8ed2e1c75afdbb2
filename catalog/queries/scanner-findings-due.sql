-- name: scanner-findings-due
-- version: 1
-- answers: Which critical and high weaknesses were open after their due date?
WITH last_scan AS (
  SELECT max(period_end) AS period_end FROM scanner_findings
),
found AS (
  SELECT
    coalesce(identifier, rule) || ' in ' || target || coalesce(' at ' || nullif(location, ''), '') AS subject,
    title,
    severity,
    status,
    -- A scanner that gives no date has found it when it is first reported here.
    date(coalesce(
      first_seen,
      min(period_start) OVER (PARTITION BY coalesce(identifier, rule), target, coalesce(location, ''))
    )) AS found_on,
    evidence_id,
    period_end
  FROM scanner_findings
  WHERE severity IN ('critical', 'high') AND status <> 'passed'
),
seen AS (
  SELECT
    found.*,
    date(found.period_end, '-1 day') AS day,
    found.period_end = last_scan.period_end AS is_last,
    date(found_on, CASE severity WHEN 'critical' THEN '+14 days' ELSE '+30 days' END) AS due_on,
    found.status = 'open'
      AND date(found.period_end, '-1 day')
        > date(found_on, CASE severity WHEN 'critical' THEN '+14 days' ELSE '+30 days' END) AS is_exception
  FROM found
  CROSS JOIN last_scan
),
judged AS (
  SELECT
    subject,
    max(title) AS title,
    min(severity) AS severity,
    min(due_on) AS due_on,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    max(CASE WHEN is_exception THEN day END) AS open_until,
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
    ELSE upper(substr(severity, 1, 1)) || substr(severity, 2) || ' weakness, due on ' || due_on
      || CASE WHEN stands THEN ', still open on ' || open_until || '.'
        ELSE ', open until ' || open_until || '; closed, accepted or no longer reported since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  severity,
  title,
  due_on
FROM judged
ORDER BY subject;
