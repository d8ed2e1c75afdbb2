-- name: database-transport
-- version: 1
-- answers: Which clusters accept connections that are not encrypted with TLS 1.2 or 1.3?
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
    NOT coalesce(tls_required, 0) OR coalesce(tls_minimum_version, '') NOT IN ('TLSv1.2', 'TLSv1.3') AS is_exception
  FROM database_clusters AS listed, last_export
),
judged AS (
  SELECT
    subject,
    max(owner) AS owner,
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
    ELSE 'Accepts connections without TLS 1.2, seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  owner
FROM judged
ORDER BY subject;
