-- name: leavers
-- version: 1
-- answers: Who has left and still has a console password or an active access key?
-- A week is compared only when both the HR list and the credential report of it are there.
WITH compared_week AS (
  SELECT period_end, min(evidence_id) AS account_evidence
  FROM iam_credential_report
  WHERE period_end IN (SELECT period_end FROM people)
  GROUP BY period_end
),
last_week AS (
  SELECT max(period_end) AS period_end FROM compared_week
),
-- Somebody who was hired again has a second record that has not ended, and is no leaver.
leaver AS (
  SELECT
    lower(email) AS email,
    min(name) AS name,
    max(date(end_date)) AS left_on,
    evidence_id,
    period_end
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
    account.user AS account,
    leaver.evidence_id AS people_evidence,
    compared_week.account_evidence,
    date(leaver.period_end, '-1 day') AS day,
    leaver.period_end = last_week.period_end AS is_last,
    coalesce(account.password_enabled, 0) OR coalesce(account.access_key_1_active, 0)
      OR coalesce(account.access_key_2_active, 0) AS is_exception,
    max(coalesce(account.password_last_used, ''), coalesce(account.access_key_1_last_used_date, ''),
      coalesce(account.access_key_2_last_used_date, '')) AS last_used_at
  FROM leaver
  CROSS JOIN last_week
  JOIN compared_week ON compared_week.period_end = leaver.period_end
  -- A user is named as the whole address or as the part before the @.
  LEFT JOIN iam_credential_report AS account
    ON account.period_end = leaver.period_end
    AND lower(account.user) IN (leaver.email, substr(leaver.email, 1, instr(leaver.email, '@') - 1))
),
judged AS (
  SELECT
    subject,
    max(name) AS name,
    max(left_on) AS left_on,
    min(account) AS first_user,
    max(account) AS last_user,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    max(CASE WHEN is_exception THEN last_used_at END) AS last_used_at,
    min(CASE WHEN is_exception THEN day END) AS first_seen,
    max(CASE WHEN is_exception THEN day END) AS last_seen,
    coalesce(min(CASE WHEN is_exception THEN people_evidence END), min(people_evidence)) AS first_people,
    coalesce(max(CASE WHEN is_exception THEN people_evidence END), max(people_evidence)) AS last_people,
    coalesce(min(CASE WHEN is_exception THEN account_evidence END), min(account_evidence)) AS first_account,
    coalesce(max(CASE WHEN is_exception THEN account_evidence END), max(account_evidence)) AS last_account
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
      || CASE WHEN substr(last_used_at, 1, 10) > left_on THEN '; the account was used on ' || substr(last_used_at, 1, 10) ELSE '' END
      || CASE WHEN stands THEN '; it stands.' ELSE '; disabled since.' END
  END AS detail,
  first_people || CASE WHEN last_people <> first_people THEN ' ' || last_people ELSE '' END
    || ' ' || first_account
    || CASE WHEN last_account <> first_account THEN ' ' || last_account ELSE '' END AS evidence_ids,
  name,
  left_on,
  coalesce(first_user || CASE WHEN last_user <> first_user THEN ' and ' || last_user ELSE '' END, 'no account found') AS account
FROM judged
ORDER BY subject;
