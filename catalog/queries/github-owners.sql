-- name: github-owners
-- version: 1
-- answers: How many owners does the GitHub organisation have, and which of them are not known to be employed?
-- A week is compared only when both the members and the list of people are there.
WITH compared_week AS (
  SELECT period_end, min(evidence_id) AS people_evidence
  FROM people
  WHERE period_end IN (SELECT period_end FROM github_members)
  GROUP BY period_end
),
last_week AS (
  SELECT max(period_end) AS period_end FROM compared_week
),
employed AS (
  SELECT lower(email) AS email, period_end
  FROM people
  WHERE email IS NOT NULL AND (end_date IS NULL OR date(end_date) >= date(period_end, '-1 day'))
  GROUP BY lower(email), period_end
),
owner AS (
  SELECT member.login, member.emails, member.evidence_id, compared_week.people_evidence, member.period_end
  FROM github_members AS member
  JOIN compared_week ON compared_week.period_end = member.period_end
  WHERE member.role = 'ADMIN'
),
counted AS (
  SELECT compared_week.period_end, count(owner.login) AS owners,
    coalesce(min(owner.evidence_id), (
      SELECT min(member.evidence_id) FROM github_members AS member WHERE member.period_end = compared_week.period_end
    )) AS evidence_id,
    compared_week.people_evidence
  FROM compared_week
  LEFT JOIN owner ON owner.period_end = compared_week.period_end
  GROUP BY compared_week.period_end
),
seen AS (
  SELECT 'number of owners' AS subject, evidence_id, people_evidence, period_end,
    owners NOT BETWEEN 2 AND 5 AS is_exception,
    CASE owners WHEN 1 THEN 'There is 1 owner' ELSE 'There are ' || owners || ' owners' END AS what
  FROM counted
  UNION ALL
  SELECT lower(login), evidence_id, people_evidence, period_end,
    NOT EXISTS (
      SELECT 1 FROM json_each(owner.emails) AS address
      JOIN employed ON employed.email = lower(address.value) AND employed.period_end = owner.period_end
    ),
    CASE WHEN coalesce(json_array_length(emails), 0) = 0 THEN 'An owner without an address at a verified domain'
      ELSE 'An owner who is not employed by the list of people' END
  FROM owner
),
judged AS (
  SELECT
    subject,
    max(is_exception) AS was_exception,
    max(is_exception AND seen.period_end = last_week.period_end) AS stands,
    max(CASE WHEN is_exception THEN what END) AS what,
    min(CASE WHEN is_exception THEN date(seen.period_end, '-1 day') END) AS first_seen,
    max(CASE WHEN is_exception THEN date(seen.period_end, '-1 day') END) AS last_seen,
    coalesce(max(CASE WHEN is_exception THEN evidence_id END), max(evidence_id)) AS evidence_id,
    coalesce(max(CASE WHEN is_exception THEN people_evidence END), max(people_evidence)) AS people_evidence
  FROM seen, last_week
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE what || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  evidence_id || ' ' || people_evidence AS evidence_ids,
  first_seen,
  last_seen
FROM judged
ORDER BY subject <> 'number of owners', subject;
