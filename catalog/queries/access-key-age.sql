-- name: access-key-age
-- version: 1
-- answers: Which active access keys are older than 90 days?
WITH last_report AS (
  SELECT max(period_end) AS period_end FROM iam_credential_report
),
access_key AS (
  SELECT user || ', key 1' AS subject, access_key_1_active AS is_active, access_key_1_last_rotated AS rotated_at,
    user_creation_time, evidence_id, period_end
  FROM iam_credential_report
  UNION ALL
  SELECT user || ', key 2', access_key_2_active, access_key_2_last_rotated, user_creation_time, evidence_id, period_end
  FROM iam_credential_report
),
seen AS (
  SELECT
    access_key.subject,
    access_key.evidence_id,
    date(access_key.period_end, '-1 day') AS day,
    access_key.period_end = last_report.period_end AS is_last,
    coalesce(rotated_at, user_creation_time) AS rotated_at,
    julianday(access_key.period_end) - julianday(coalesce(rotated_at, user_creation_time)) AS age
  FROM access_key, last_report
  WHERE is_active = 1
),
judged AS (
  SELECT
    subject,
    max(age > 90) AS was_exception,
    max(age > 90 AND is_last) AS stands,
    CAST(max(age) AS INTEGER) AS oldest,
    min(rotated_at) AS rotated_at,
    min(CASE WHEN age > 90 THEN day END) AS first_seen,
    max(CASE WHEN age > 90 THEN day END) AS last_seen,
    coalesce(min(CASE WHEN age > 90 THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN age > 90 THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'The active key reached an age of ' || oldest || ' days, seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; replaced or ended since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  rotated_at AS key_created_at,
  oldest AS oldest_age_days
FROM judged
ORDER BY subject;
