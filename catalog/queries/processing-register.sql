-- name: processing-register
-- version: 2
-- answers: Which clusters with personal data are not in the register of processing?
WITH last_export AS (
  SELECT max(period_end) AS period_end FROM database_clusters
),
seen AS (
  SELECT
    cluster AS subject,
    owner,
    processing_record,
    evidence_id,
    date(listed.period_end, '-1 day') AS day,
    listed.period_end = last_export.period_end AS is_last,
    coalesce(processing_record, '') = '' AS is_exception
  FROM database_clusters AS listed, last_export
  WHERE personal_data = 1
),
judged AS (
  SELECT
    subject,
    max(owner) AS owner,
    max(processing_record) AS processing_record,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    max(CASE WHEN is_exception THEN day END) AS last_seen,
    coalesce(min(CASE WHEN is_exception THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN is_exception THEN evidence_id END), min(evidence_id)) AS last_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    WHEN stands THEN 'Holds personal data and names no entry in the register of processing.'
    ELSE 'Held personal data and named no entry in the register of processing on ' || last_seen || '; corrected since.'
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  owner,
  processing_record
FROM judged
ORDER BY subject;
