-- name: leavers-across-systems
-- version: 1
-- answers: Who has left and still has an account in GitHub, PagerDuty or ServiceNow?
-- Every address with an account, and every system that answered, by week.
WITH account AS (
  SELECT 'GitHub' AS system, lower(address.value) AS email, login AS account, member.period_end
  FROM github_members AS member, json_each(member.emails) AS address
  UNION ALL
  SELECT 'PagerDuty', lower(trim(email)), name, period_end FROM pagerduty_users
  UNION ALL
  SELECT 'ServiceNow', lower(trim(email)), user_name, period_end FROM servicenow_users WHERE active = 1 AND coalesce(locked_out, 0) = 0
),
answered AS (
  SELECT 'GitHub' AS system, period_end, min(evidence_id) AS evidence_id FROM github_members GROUP BY period_end
  UNION ALL
  SELECT 'PagerDuty', period_end, min(evidence_id) FROM pagerduty_users GROUP BY period_end
  UNION ALL
  SELECT 'ServiceNow', period_end, min(evidence_id) FROM servicenow_users GROUP BY period_end
),
-- Somebody who was hired again has a second record that has not ended, and is no leaver.
leaver AS (
  SELECT lower(email) AS email, min(name) AS name, max(date(end_date)) AS left_on, evidence_id, period_end
  FROM people
  WHERE email IS NOT NULL
  GROUP BY lower(email), evidence_id, period_end
  HAVING count(*) = count(end_date) AND max(date(end_date)) < date(period_end, '-1 day')
),
last_week AS (
  SELECT answered.system, max(answered.period_end) AS period_end
  FROM answered
  WHERE answered.period_end IN (SELECT period_end FROM people)
  GROUP BY answered.system
),
seen AS (
  SELECT
    leaver.email || ': ' || answered.system AS subject,
    leaver.name,
    leaver.left_on,
    answered.system,
    account.account,
    leaver.evidence_id || ' ' || answered.evidence_id AS evidence_id,
    date(leaver.period_end, '-1 day') AS day,
    leaver.period_end = last_week.period_end AS is_last,
    account.account IS NOT NULL AS is_exception
  FROM leaver
  JOIN answered ON answered.period_end = leaver.period_end
  JOIN last_week ON last_week.system = answered.system
  LEFT JOIN account
    ON account.system = answered.system AND account.period_end = leaver.period_end AND account.email = leaver.email
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
    min(system) AS system,
    max(CASE WHEN is_exception THEN account END) AS account
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'Left on ' || left_on || ' and still had the account ' || account || ' in ' || system || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; removed since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  name,
  left_on,
  account
FROM judged
ORDER BY subject;
