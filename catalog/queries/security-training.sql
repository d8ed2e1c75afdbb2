-- name: security-training
-- version: 2
-- answers: Who did not complete the security training within the last 365 days?
WITH completion AS (
  SELECT lower(email) AS email, date(completed_on) AS completed_on, evidence_id
  FROM training_completions
  WHERE course = 'security-awareness'
),
employed AS (
  SELECT
    lower(email) AS email,
    max(name) AS name,
    max(department) AS department,
    period_end,
    min(evidence_id) AS evidence_id,
    period_end = max(period_end) OVER (PARTITION BY lower(email)) AS is_last
  FROM people
  WHERE status <> 'leave' AND email IS NOT NULL
    AND date(start_date) < date(period_end, '-30 days')
    AND (end_date IS NULL OR date(end_date) >= date(period_end, '-1 day'))
  GROUP BY lower(email), period_end
),
-- What was completed after an earlier quarter does not help it.
trained AS (
  SELECT employed.email, employed.period_end, max(completion.completed_on) AS completed_on, max(completion.evidence_id) AS evidence_id
  FROM employed
  JOIN completion
    ON completion.email = employed.email AND (employed.is_last OR completion.completed_on < date(employed.period_end))
  GROUP BY employed.email, employed.period_end
),
seen AS (
  SELECT
    employed.*,
    trained.completed_on,
    trained.evidence_id AS training_evidence,
    NOT coalesce(trained.completed_on >= date(employed.period_end, '-365 days'), 0) AS is_exception
  FROM employed
  LEFT JOIN trained ON trained.email = employed.email AND trained.period_end = employed.period_end
),
judged AS (
  SELECT
    email,
    max(name) AS name,
    max(department) AS department,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    max(completed_on) AS completed_on,
    max(CASE WHEN is_exception THEN date(period_end, '-1 day') END) AS overdue_on,
    coalesce(max(CASE WHEN is_exception THEN evidence_id END), min(evidence_id)) AS people_evidence,
    max(training_evidence) AS training_evidence
  FROM seen
  GROUP BY email
)
SELECT
  email AS subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    WHEN NOT stands THEN 'Was without a security training of the last 365 days on ' || overdue_on || '; completed since, on ' || completed_on || '.'
    WHEN completed_on IS NULL THEN 'Never completed the security training.'
    ELSE 'Completed the security training last on ' || completed_on || '.'
  END AS detail,
  people_evidence || ' ' || coalesce(training_evidence, (SELECT max(evidence_id) FROM training_completions)) AS evidence_ids,
  name,
  department
FROM judged
WHERE EXISTS (SELECT 1 FROM training_completions)
ORDER BY subject;
