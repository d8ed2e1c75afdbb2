-- name: okta-leavers
-- version: 1
-- answers: Who has left and can still sign in to the directory?
-- A week is compared only when both the HR list and the users of it are there.
WITH compared_week AS (
  SELECT period_end, min(evidence_id) AS account_evidence
  FROM okta_users
  WHERE period_end IN (SELECT period_end FROM people)
  GROUP BY period_end
),
last_week AS (
  SELECT max(period_end) AS period_end FROM compared_week
),
-- Somebody who was hired again has a second record that has not ended, and is no leaver.
leaver AS (
  SELECT lower(email) AS email, min(name) AS name, max(date(end_date)) AS left_on, evidence_id, period_end
  FROM people
  WHERE period_end IN (SELECT period_end FROM compared_week) AND email IS NOT NULL
  GROUP BY lower(email), evidence_id, period_end
  HAVING count(*) = count(end_date) AND max(date(end_date)) < date(period_end, '-1 day')
),
seen AS (
  SELECT
    leaver.email AS subject,
    leaver.name,
    leaver.left_on,
    leaver.evidence_id || ' ' || compared_week.account_evidence AS evidence_id,
    date(leaver.period_end, '-1 day') AS day,
    leaver.period_end = last_week.period_end AS is_last,
    account.status,
    account.last_login_at,
    coalesce(account.status IN ('ACTIVE', 'PROVISIONED', 'PASSWORD_EXPIRED', 'RECOVERY', 'LOCKED_OUT'), 0) AS is_exception
  FROM leaver
  CROSS JOIN last_week
  JOIN compared_week ON compared_week.period_end = leaver.period_end
  LEFT JOIN okta_users AS account
    ON account.period_end = leaver.period_end AND leaver.email IN (lower(account.login), lower(account.email))
),
judged AS (
  SELECT
    subject,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    min(CASE WHEN is_exception THEN day END) AS first_seen,
    max(CASE WHEN is_exception THEN day END) AS last_seen,
    coalesce(min(CASE WHEN is_exception THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN is_exception THEN evidence_id END), max(evidence_id)) AS last_evidence,
    max(name) AS name,
    max(left_on) AS left_on,
    max(CASE WHEN is_exception THEN last_login_at END) AS last_login_at
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'Left on ' || left_on || ' and could still sign in, seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN date(last_login_at) > left_on THEN '; signed in on ' || date(last_login_at) ELSE '' END
      || CASE WHEN stands THEN '; it stands.' ELSE '; deactivated since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  name,
  left_on
FROM judged
ORDER BY subject;
