-- name: jira-access-requests
-- version: 1
-- answers: Which access tickets in Jira were not closed in time?
-- The newest answer that knows a ticket tells its state.
WITH known AS (
  SELECT *, row_number() OVER (PARTITION BY key ORDER BY period_end DESC, row_number) AS place
  FROM jira_access_tickets
),
ticket AS (
  SELECT
    key AS subject,
    summary,
    kind,
    assignee,
    created_at,
    resolved_at,
    evidence_id,
    CASE WHEN lower(kind) LIKE '%remov%' OR lower(kind) LIKE '%revo%' THEN 24 ELSE 120 END AS allowed_hours,
    (julianday(coalesce(resolved_at, period_end)) - julianday(created_at)) * 24 AS hours
  FROM known
  WHERE place = 1 AND julianday(created_at) < julianday(:period_end)
),
-- A second is less than the error of a day as a number.
judged AS (
  SELECT *, round(hours, 4) > allowed_hours AS is_late
  FROM ticket
  WHERE resolved_at IS NULL OR julianday(resolved_at) >= julianday(:period_start)
    OR julianday(created_at) + allowed_hours / 24.0 >= julianday(:period_start)
)
SELECT
  subject,
  CASE WHEN NOT is_late THEN 'pass' WHEN resolved_at IS NULL THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT is_late THEN ''
    ELSE kind || CASE WHEN resolved_at IS NULL THEN ', open for ' ELSE ', closed after ' END || format('%.12g', round(hours, 2))
      || ' hours where ' || allowed_hours || ' are allowed'
      || CASE WHEN resolved_at IS NULL THEN ', assigned to ' || coalesce(assignee, 'nobody') || '.' ELSE '.' END
  END AS detail,
  evidence_id AS evidence_ids,
  summary,
  created_at,
  resolved_at
FROM judged
ORDER BY subject;
