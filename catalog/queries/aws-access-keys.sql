-- name: aws-access-keys
-- version: 1
-- answers: Which users hold two active access keys, or one that was not used for 45 days?
WITH last_report AS (
  SELECT max(period_end) AS period_end FROM iam_credential_report
),
seen AS (
  SELECT
    report.arn AS subject,
    report.evidence_id,
    date(report.period_end, '-1 day') AS day,
    report.period_end = last_report.period_end AS is_last,
    CASE
      WHEN report.access_key_1_active = 1 AND report.access_key_2_active = 1 THEN 'Holds two active access keys'
      -- A new key has to be given time to be used.
      WHEN report.access_key_1_active = 1 AND julianday(report.period_end) - julianday(max(
          coalesce(report.access_key_1_last_used_date, ''), coalesce(report.access_key_1_last_rotated, report.user_creation_time)
        )) > 45
        THEN 'Holds an active access key that was not used for 45 days'
      WHEN report.access_key_2_active = 1 AND julianday(report.period_end) - julianday(max(
          coalesce(report.access_key_2_last_used_date, ''), coalesce(report.access_key_2_last_rotated, report.user_creation_time)
        )) > 45
        THEN 'Holds an active access key that was not used for 45 days'
    END AS problem
  FROM iam_credential_report AS report
  CROSS JOIN last_report
  WHERE report.user <> '<root_account>' AND (report.access_key_1_active = 1 OR report.access_key_2_active = 1)
),
judged AS (
  SELECT
    subject,
    max(problem IS NOT NULL) AS was_exception,
    max(problem IS NOT NULL AND is_last) AS stands,
    -- What was wrong when it was seen last.
    substr(max(CASE WHEN problem IS NOT NULL THEN day || problem END), 11) AS problem,
    min(CASE WHEN problem IS NOT NULL THEN day END) AS first_seen,
    max(CASE WHEN problem IS NOT NULL THEN day END) AS last_seen,
    coalesce(min(CASE WHEN problem IS NOT NULL THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN problem IS NOT NULL THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE problem || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
