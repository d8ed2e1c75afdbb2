-- name: aws-database-instances
-- version: 2
-- answers: Which RDS instances are public, not encrypted, or kept without enough backups?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM aws_database_instances
),
seen AS (
  SELECT
    state.account || '/' || state.region || '/' || state.identifier AS subject,
    state.evidence_id,
    date(state.period_end, '-1 day') AS day,
    state.period_end = last_state.period_end AS is_last,
    coalesce(json_extract(state.properties, '$.PubliclyAccessible'), 0) IN (1, 'true') AS is_public,
    CASE
      WHEN coalesce(json_extract(state.properties, '$.PubliclyAccessible'), 0) IN (1, 'true')
        THEN 'The instance has a public address'
      WHEN NOT coalesce(json_extract(state.properties, '$.StorageEncrypted'), 0) IN (1, 'true')
        THEN 'Its storage is not encrypted'
      -- The cluster keeps the backups of its members.
      WHEN json_extract(state.properties, '$.DBClusterIdentifier') IS NOT NULL THEN NULL
      -- Cloud Control does not say of what an instance is a copy.
      WHEN coalesce(json_extract(state.properties, '$.BackupRetentionPeriod'), 0) = 0
        THEN 'It keeps no backups of its own: it is either a read replica, whose original keeps them, or has none'
      WHEN json_extract(state.properties, '$.BackupRetentionPeriod') < 7
        THEN 'Its backups are kept for ' || json_extract(state.properties, '$.BackupRetentionPeriod') || ' days only'
    END AS problem
  FROM aws_database_instances AS state
  CROSS JOIN last_state
),
told AS (
  SELECT *, coalesce(problem LIKE 'It keeps no backups of its own%', 0) AS is_doubt FROM seen
),
judged AS (
  SELECT
    subject,
    max(is_public) AS was_public,
    max(problem IS NOT NULL) AS was_exception,
    max(problem IS NOT NULL AND NOT is_doubt AND is_last) AS stands,
    max(is_doubt AND is_last) AS is_in_doubt,
    -- What was wrong when it was seen last.
    substr(max(CASE WHEN problem IS NOT NULL THEN day || problem END), 11) AS problem,
    min(CASE WHEN problem IS NOT NULL THEN day END) AS first_seen,
    max(CASE WHEN problem IS NOT NULL THEN day END) AS last_seen,
    coalesce(min(CASE WHEN problem IS NOT NULL THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN problem IS NOT NULL THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM told
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE problem || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE
        WHEN stands THEN '; it stands.'
        WHEN is_in_doubt THEN '; it needs a look.'
        ELSE '; corrected since.'
      END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  CASE WHEN was_public THEN 'critical' ELSE 'high' END AS severity
FROM judged
ORDER BY subject;
