-- name: access-review-completeness
-- version: 1
-- answers: Which reviews of access left accounts out?
-- The newest review of each system in each quarter, and the accounts of that quarter.
WITH review AS (
  SELECT
    lower(system) AS system,
    period_end,
    evidence_id,
    accounts_reviewed,
    completed_at,
    row_number() OVER (PARTITION BY lower(system), period_end ORDER BY completed_at DESC, row_number) AS place
  FROM review_records
  WHERE completed_at >= period_start AND completed_at < period_end
),
answered AS (
  SELECT 'okta' AS system, period_end, min(evidence_id) AS evidence_id FROM okta_users GROUP BY period_end
  UNION ALL
  SELECT 'github', period_end, min(evidence_id) FROM github_members GROUP BY period_end
),
records AS (
  SELECT period_end, min(evidence_id) AS evidence_id FROM review_records GROUP BY period_end
),
compared AS (
  SELECT
    answered.system,
    answered.period_end,
    records.evidence_id || ' ' || answered.evidence_id AS evidence_ids,
    review.completed_at,
    review.accounts_reviewed,
    CASE answered.system
      WHEN 'github' THEN (SELECT count(*) FROM github_members AS member WHERE member.period_end = answered.period_end)
      ELSE (
        SELECT count(*) FROM okta_users AS account
        WHERE account.period_end = answered.period_end
          AND (review.completed_at IS NULL OR julianday(account.created_at) <= julianday(review.completed_at))
      )
    END AS accounts
  FROM answered
  JOIN records ON records.period_end = answered.period_end
  LEFT JOIN review ON review.system = answered.system AND review.period_end = answered.period_end AND review.place = 1
)
SELECT
  system || ', quarter that ended on ' || date(period_end, '-1 day') AS subject,
  CASE
    WHEN accounts_reviewed >= accounts THEN 'pass'
    WHEN accounts_reviewed * 100 >= accounts * 95 THEN 'partial'
    ELSE 'fail'
  END AS outcome,
  CASE
    WHEN accounts_reviewed >= accounts THEN ''
    WHEN completed_at IS NULL THEN 'No review was completed in the quarter; accounts that there were: ' || accounts || '.'
    ELSE 'The review of ' || date(completed_at) || ' covered ' || coalesce(accounts_reviewed, 'an unknown number') || ' of '
      || accounts || ' accounts.'
  END AS detail,
  evidence_ids,
  accounts_reviewed,
  accounts
FROM compared
ORDER BY period_end, system;
