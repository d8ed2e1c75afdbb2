-- name: storage-public
-- version: 1
-- answers: Which buckets could be read or written by anybody?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM terraform_resources
),
managed AS (
  SELECT
    coalesce(module || '.', '') || type || '.' || name || coalesce('[' || index_key || ']', '') AS address,
    type,
    attributes,
    json_extract(attributes, '$.bucket') AS bucket,
    evidence_id,
    period_end
  FROM terraform_resources
  WHERE mode = 'managed'
    AND type IN ('aws_s3_bucket', 'aws_s3_bucket_acl', 'aws_s3_bucket_policy', 'aws_s3_bucket_public_access_block',
      'aws_s3_account_public_access_block')
),
-- A block of the whole account holds for every bucket of it.
block AS (
  SELECT
    evidence_id,
    bucket,
    max(coalesce(json_extract(attributes, '$.block_public_acls'), 0)) AS block_public_acls,
    max(coalesce(json_extract(attributes, '$.ignore_public_acls'), 0)) AS ignore_public_acls,
    max(coalesce(json_extract(attributes, '$.block_public_policy'), 0)) AS block_public_policy,
    max(coalesce(json_extract(attributes, '$.restrict_public_buckets'), 0)) AS restrict_public_buckets
  FROM managed
  WHERE type IN ('aws_s3_bucket_public_access_block', 'aws_s3_account_public_access_block')
  GROUP BY evidence_id, bucket
),
public_acl AS (
  SELECT DISTINCT evidence_id, bucket
  FROM managed
  WHERE type IN ('aws_s3_bucket', 'aws_s3_bucket_acl')
    AND json_extract(attributes, '$.acl') IN ('public-read', 'public-read-write', 'authenticated-read')
),
policy AS (
  SELECT
    evidence_id,
    bucket,
    CASE WHEN json_valid(json_extract(attributes, '$.policy')) THEN json_extract(attributes, '$.policy') ELSE '{}' END AS policy
  FROM managed
  WHERE type = 'aws_s3_bucket_policy'
),
-- A policy holds a list of statements, or one that stands alone.
statement AS (
  SELECT policy.evidence_id, policy.bucket, CASE item.type WHEN 'object' THEN item.value ELSE '{}' END AS statement
  FROM policy, json_each(
    CASE json_type(policy.policy, '$.Statement')
      WHEN 'array' THEN json_extract(policy.policy, '$.Statement')
      WHEN 'object' THEN json_array(json_extract(policy.policy, '$.Statement'))
      ELSE '[]'
    END
  ) AS item
),
public_policy AS (
  SELECT DISTINCT evidence_id, bucket
  FROM statement
  WHERE json_extract(statement, '$.Effect') = 'Allow'
    AND coalesce(json_extract(statement, '$.Condition'), '{}') = '{}'
    AND (
      json_extract(statement, '$.Principal') = '*'
      OR EXISTS (SELECT 1 FROM json_each(statement.statement, '$.Principal.AWS') AS principal WHERE principal.value = '*')
    )
),
seen AS (
  SELECT
    managed.address AS subject,
    managed.bucket,
    managed.evidence_id,
    date(managed.period_end, '-1 day') AS day,
    managed.period_end = last_state.period_end AS is_last,
    max(coalesce(own.block_public_acls, 0), coalesce(account.block_public_acls, 0))
      + max(coalesce(own.ignore_public_acls, 0), coalesce(account.ignore_public_acls, 0))
      + max(coalesce(own.block_public_policy, 0), coalesce(account.block_public_policy, 0))
      + max(coalesce(own.restrict_public_buckets, 0), coalesce(account.restrict_public_buckets, 0)) < 4 AS is_exception,
    (public_acl.bucket IS NOT NULL
      AND NOT max(coalesce(own.ignore_public_acls, 0), coalesce(account.ignore_public_acls, 0)))
    OR (public_policy.bucket IS NOT NULL
      AND NOT max(coalesce(own.restrict_public_buckets, 0), coalesce(account.restrict_public_buckets, 0))) AS is_open
  FROM managed
  CROSS JOIN last_state
  LEFT JOIN block AS own ON own.evidence_id = managed.evidence_id AND own.bucket = managed.bucket
  LEFT JOIN block AS account ON account.evidence_id = managed.evidence_id AND account.bucket IS NULL
  LEFT JOIN public_acl ON public_acl.evidence_id = managed.evidence_id AND public_acl.bucket = managed.bucket
  LEFT JOIN public_policy ON public_policy.evidence_id = managed.evidence_id AND public_policy.bucket = managed.bucket
  WHERE managed.type = 'aws_s3_bucket'
),
judged AS (
  SELECT
    subject,
    max(bucket) AS bucket,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    max(is_open) AS was_open,
    max(is_open AND is_last) AS is_still_open,
    -- Of a bucket that was open, the days on which it was; otherwise those on which it was not blocked.
    coalesce(min(CASE WHEN is_open THEN day END), min(CASE WHEN is_exception THEN day END)) AS first_seen,
    coalesce(max(CASE WHEN is_open THEN day END), max(CASE WHEN is_exception THEN day END)) AS last_seen,
    coalesce(min(CASE WHEN is_open THEN evidence_id END), min(CASE WHEN is_exception THEN evidence_id END), min(evidence_id))
      AS first_evidence,
    coalesce(max(CASE WHEN is_exception THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE CASE WHEN was_open THEN 'The bucket was open to the world' ELSE 'Public access was not blocked in all four ways' END
      || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE
        WHEN NOT stands THEN '; corrected since.'
        WHEN was_open AND NOT is_still_open THEN '; closed since, but public access is still not blocked in all four ways.'
        ELSE '; it stands.'
      END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  CASE WHEN was_open THEN 'critical' ELSE 'high' END AS severity,
  bucket
FROM judged
ORDER BY subject;
