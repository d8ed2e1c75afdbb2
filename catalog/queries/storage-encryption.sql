-- name: storage-encryption
-- version: 1
-- answers: Which buckets, volumes, file systems, databases, caches and search domains are not encrypted?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM terraform_resources
),
kind (type, switch) AS (
  VALUES
    ('aws_s3_bucket', '$'),
    ('aws_ebs_volume', '$.encrypted'),
    ('aws_instance', '$.root_block_device[0].encrypted'),
    ('aws_efs_file_system', '$.encrypted'),
    ('aws_db_instance', '$.storage_encrypted'),
    ('aws_rds_cluster', '$.storage_encrypted'),
    ('aws_docdb_cluster', '$.storage_encrypted'),
    ('aws_neptune_cluster', '$.storage_encrypted'),
    ('aws_redshift_cluster', '$.encrypted'),
    ('aws_elasticache_replication_group', '$.at_rest_encryption_enabled'),
    ('aws_opensearch_domain', '$.encrypt_at_rest[0].enabled'),
    ('aws_elasticsearch_domain', '$.encrypt_at_rest[0].enabled')
),
declared AS (
  SELECT DISTINCT evidence_id, json_extract(attributes, '$.bucket') AS bucket
  FROM terraform_resources
  WHERE mode = 'managed' AND type = 'aws_s3_bucket_server_side_encryption_configuration'
),
storage AS (
  SELECT
    coalesce(module || '.', '') || type || '.' || name || coalesce('[' || index_key || ']', '') AS subject,
    type,
    evidence_id,
    period_end,
    CASE
      WHEN type = 'aws_s3_bucket'
        THEN coalesce(json_array_length(attributes, '$.server_side_encryption_configuration'), 0) > 0
          OR json_extract(attributes, '$.bucket') IN (
            SELECT declared.bucket FROM declared WHERE declared.evidence_id = terraform_resources.evidence_id
          )
      -- Newer versions of the AWS provider write some of these switches as text.
      ELSE coalesce(json_extract(attributes, kind.switch) IN (1, 'true'), 0)
    END AS is_encrypted
  FROM terraform_resources
  JOIN kind USING (type)
  WHERE mode = 'managed'
    -- A machine without a root device has no volume of its own.
    AND (type <> 'aws_instance' OR json_array_length(attributes, '$.root_block_device') > 0)
),
judged AS (
  SELECT
    storage.subject,
    max(storage.type) AS type,
    max(NOT is_encrypted) AS was_exception,
    max(NOT is_encrypted AND storage.period_end = last_state.period_end) AS stands,
    min(CASE WHEN NOT is_encrypted THEN date(storage.period_end, '-1 day') END) AS first_seen,
    max(CASE WHEN NOT is_encrypted THEN date(storage.period_end, '-1 day') END) AS last_seen,
    coalesce(min(CASE WHEN NOT is_encrypted THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN NOT is_encrypted THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM storage, last_state
  GROUP BY storage.subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE CASE type WHEN 'aws_s3_bucket' THEN 'No encryption is declared' ELSE 'Encryption is not switched on' END
      || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  type
FROM judged
ORDER BY subject;
