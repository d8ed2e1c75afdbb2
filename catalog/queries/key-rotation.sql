-- name: key-rotation
-- version: 1
-- answers: Which symmetric keys in use do not rotate?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM terraform_resources
),
seen AS (
  SELECT
    coalesce(module || '.', '') || type || '.' || name || coalesce('[' || index_key || ']', '') AS subject,
    evidence_id,
    date(resource.period_end, '-1 day') AS day,
    resource.period_end = last_state.period_end AS is_last,
    NOT coalesce(json_extract(attributes, '$.enable_key_rotation'), 0) AS is_exception
  FROM terraform_resources AS resource, last_state
  WHERE mode = 'managed' AND type = 'aws_kms_key'
    AND coalesce(json_extract(attributes, '$.is_enabled'), 1)
    AND coalesce(json_extract(attributes, '$.key_usage'), 'ENCRYPT_DECRYPT') = 'ENCRYPT_DECRYPT'
    AND coalesce(json_extract(attributes, '$.customer_master_key_spec'), 'SYMMETRIC_DEFAULT') = 'SYMMETRIC_DEFAULT'
),
judged AS (
  SELECT
    subject,
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
    ELSE 'The key does not rotate, seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
