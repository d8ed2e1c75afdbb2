-- name: access-mfa
-- version: 1
-- answers: Which users can sign in to the console with a password alone?
WITH last_report AS (
  SELECT max(period_end) AS period_end FROM iam_credential_report
),
-- Who has no console password cannot sign in there. AWS reports no password state for the root user, who always has one.
seen AS (
  SELECT
    report.user AS subject,
    report.evidence_id,
    date(report.period_end, '-1 day') AS day,
    report.period_end = last_report.period_end AS is_last,
    coalesce(report.mfa_active, 0) = 0 AS is_exception
  FROM iam_credential_report AS report, last_report
  WHERE report.password_enabled = 1 OR report.user = '<root_account>'
),
judged AS (
  SELECT
    subject,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    count(DISTINCT CASE WHEN is_exception THEN evidence_id END) AS reports,
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
    ELSE 'Can sign in to the console without a second factor, seen in '
      || CASE reports WHEN 1 THEN '1 daily report on ' || first_seen
        ELSE reports || ' daily reports from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  first_seen,
  last_seen
FROM judged
ORDER BY subject;
