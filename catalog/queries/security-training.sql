-- name: security-training
-- version: 1
-- answers: Who did not complete the security training within the last 365 days?
WITH training AS (
  SELECT lower(email) AS email, max(date(completed_on)) AS completed_on, max(evidence_id) AS evidence_id
  FROM training_completions
  WHERE course = 'security-awareness'
  GROUP BY lower(email)
),
employed AS (
  SELECT
    lower(email) AS email,
    max(name) AS name,
    max(department) AS department,
    max(period_end) AS period_end,
    min(date(start_date)) AS start_date,
    min(evidence_id) AS evidence_id
  FROM people
  WHERE status <> 'leave' AND email IS NOT NULL
    AND date(start_date) < date(period_end, '-30 days')
    AND (end_date IS NULL OR date(end_date) >= date(period_end, '-1 day'))
  GROUP BY lower(email)
)
SELECT
  employed.email AS subject,
  CASE WHEN training.completed_on >= date(employed.period_end, '-365 days') THEN 'pass' ELSE 'fail' END AS outcome,
  CASE
    WHEN training.completed_on >= date(employed.period_end, '-365 days') THEN ''
    WHEN training.completed_on IS NULL THEN 'Never completed the security training.'
    ELSE 'Completed the security training last on ' || training.completed_on || '.'
  END AS detail,
  employed.evidence_id || ' ' || coalesce(training.evidence_id, (SELECT max(evidence_id) FROM training_completions)) AS evidence_ids,
  employed.name,
  employed.department
FROM employed
LEFT JOIN training ON training.email = employed.email
WHERE EXISTS (SELECT 1 FROM training_completions)
ORDER BY subject;
