-- name: incident-resolution
-- version: 1
-- answers: Which incidents that were open or due in the period were not resolved in time?
WITH known AS (
  SELECT
    key AS subject,
    summary,
    priority,
    opened_at,
    resolved_at,
    evidence_id,
    CASE priority WHEN 1 THEN 8 WHEN 2 THEN 24 WHEN 3 THEN 120 ELSE 240 END AS allowed_hours,
    (julianday(coalesce(resolved_at, period_end)) - julianday(opened_at)) * 24 AS hours
  FROM incidents
  WHERE period_end = (SELECT max(period_end) FROM incidents)
    AND status <> 'cancelled'
    AND opened_at < :period_end
),
-- Whatever was still open when the period began, was opened in it, or was due in it.
incident AS (
  SELECT * FROM known
  WHERE resolved_at IS NULL OR resolved_at >= :period_start
    OR julianday(opened_at) + allowed_hours / 24.0 >= julianday(:period_start)
)
SELECT
  subject,
  CASE WHEN hours <= allowed_hours THEN 'pass' WHEN resolved_at IS NULL THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN hours <= allowed_hours THEN ''
    WHEN resolved_at IS NULL THEN 'Priority ' || priority || ', open for ' || format('%.12g', round(hours, 1)) || ' hours where '
      || allowed_hours || ' are allowed.'
    ELSE 'Priority ' || priority || ', resolved after ' || format('%.12g', round(hours, 1)) || ' hours where '
      || allowed_hours || ' are allowed.'
  END AS detail,
  evidence_id AS evidence_ids,
  summary,
  opened_at,
  resolved_at
FROM incident
ORDER BY subject;
