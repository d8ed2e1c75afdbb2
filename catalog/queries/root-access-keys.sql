-- name: root-access-keys
-- version: 1
-- answers: Does the root user have active access keys?
WITH last_report AS (
  SELECT max(period_end) AS period_end FROM iam_credential_report
),
seen AS (
  SELECT
    report.arn AS subject,
    report.evidence_id,
    date(report.period_end, '-1 day') AS day,
    report.period_end = last_report.period_end AS is_last,
    coalesce(report.access_key_1_active, 0) OR coalesce(report.access_key_2_active, 0) AS is_exception
  FROM iam_credential_report AS report, last_report
  WHERE report.user = '<root_account>'
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
    ELSE 'The root user has an active access key, seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; deleted since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
