-- name: database-audit
-- version: 1
-- answers: Which production clusters do not record who did what, or forget it within a year?
WITH last_export AS (
  SELECT max(period_end) AS period_end FROM database_clusters
),
seen AS (
  SELECT
    cluster AS subject,
    owner,
    evidence_id,
    date(listed.period_end, '-1 day') AS day,
    listed.period_end = last_export.period_end AS is_last,
    NOT coalesce(audit_enabled, 0) AS is_off,
    NOT coalesce(audit_enabled, 0) OR coalesce(audit_retention_days, 0) < 365 AS is_exception
  FROM database_clusters AS listed, last_export
  WHERE environment = 'production'
),
judged AS (
  SELECT
    subject,
    max(owner) AS owner,
    max(is_off) AS was_off,
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
    ELSE CASE WHEN was_off THEN 'The audit log is off' ELSE 'The audit log is kept less than 365 days' END
      || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  owner
FROM judged
ORDER BY subject;
