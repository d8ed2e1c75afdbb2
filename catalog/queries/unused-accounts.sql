-- name: unused-accounts
-- version: 1
-- answers: Which accounts that could be used were not used for 90 days?
-- The root user is left out: it is not meant to be used.
WITH last_report AS (
  SELECT max(period_end) AS period_end FROM iam_credential_report
),
account AS (
  SELECT
    report.user AS subject,
    report.evidence_id,
    report.period_end,
    report.period_end = last_report.period_end AS is_last,
    -- A new account or a new key has to be given time to be used.
    max(
      report.user_creation_time,
      coalesce(report.password_last_used, ''),
      coalesce(report.access_key_1_last_used_date, ''),
      coalesce(report.access_key_2_last_used_date, ''),
      CASE WHEN report.access_key_1_active = 1 THEN coalesce(report.access_key_1_last_rotated, '') ELSE '' END,
      CASE WHEN report.access_key_2_active = 1 THEN coalesce(report.access_key_2_last_rotated, '') ELSE '' END
    ) AS last_active_at
  FROM iam_credential_report AS report, last_report
  WHERE report.user <> '<root_account>'
    AND (report.password_enabled = 1 OR report.access_key_1_active = 1 OR report.access_key_2_active = 1)
),
seen AS (
  SELECT
    subject,
    evidence_id,
    date(period_end, '-1 day') AS day,
    is_last,
    last_active_at,
    julianday(period_end) - julianday(last_active_at) > 90 AS is_exception
  FROM account
),
judged AS (
  SELECT
    subject,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    max(last_active_at) AS last_active_at,
    min(CASE WHEN is_exception THEN last_active_at END) AS unused_since,
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
    ELSE 'Not used since ' || substr(unused_since, 1, 10) || ' and still enabled on ' || last_seen
      || CASE WHEN stands THEN '; it stands.' ELSE '; used, disabled or removed since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  last_active_at
FROM judged
ORDER BY subject;
