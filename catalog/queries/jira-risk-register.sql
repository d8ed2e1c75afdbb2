-- name: jira-risk-register
-- version: 1
-- answers: Which risks have no owner, or were not reviewed when they were due?
-- The newest answer that knows a risk tells its whole history.
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM jira_risks
),
known AS (
  SELECT *, row_number() OVER (PARTITION BY key ORDER BY period_end DESC, row_number) AS place
  FROM jira_risks
),
risk AS (
  SELECT
    key AS subject, summary, owner, date(review_due) AS review_due, closed_at, history, evidence_id,
    date(known.period_end, '-1 day') AS day
  FROM known, last_answer
  WHERE place = 1
),
entry AS (
  SELECT
    risk.subject,
    json_extract(entry.value, '$.created') AS created,
    json_extract(entry.value, '$.items') AS items
  FROM risk, json_each(risk.history) AS entry
),
-- Every review moves the date: what it was, and when it was moved.
review AS (
  SELECT
    entry.subject,
    date(strftime('%Y-%m-%dT%H:%M:%SZ', substr(entry.created, 1, length(entry.created) - 2) || ':' || substr(entry.created, -2))) AS reviewed_on,
    date(json_extract(item.value, '$.from')) AS was_due
  FROM entry, json_each(entry.items) AS item
  WHERE json_extract(item.value, '$.field') = 'duedate'
),
late AS (
  SELECT subject, max(reviewed_on) AS reviewed_on, max(was_due) AS was_due
  FROM review
  WHERE reviewed_on > was_due AND reviewed_on >= date(:period_start) AND reviewed_on < date(:period_end)
  GROUP BY subject
),
judged AS (
  SELECT
    risk.*,
    late.reviewed_on,
    late.was_due,
    closed_at IS NULL AND (coalesce(trim(owner), '') = '' OR review_due IS NULL OR review_due < day) AS stands
  FROM risk
  LEFT JOIN late ON late.subject = risk.subject
)
SELECT
  subject,
  CASE WHEN stands THEN 'fail' WHEN reviewed_on IS NOT NULL THEN 'partial' ELSE 'pass' END AS outcome,
  CASE
    WHEN stands AND coalesce(trim(owner), '') = '' THEN 'The risk has no owner.'
    WHEN stands AND review_due IS NULL THEN 'The risk has no date of its next review.'
    WHEN stands THEN 'The risk was to be reviewed on ' || review_due || ' and was not by ' || day || '.'
    WHEN reviewed_on IS NOT NULL THEN 'The risk was to be reviewed on ' || was_due || ' and was on ' || reviewed_on || '.'
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  summary,
  owner,
  review_due
FROM judged
ORDER BY subject;
