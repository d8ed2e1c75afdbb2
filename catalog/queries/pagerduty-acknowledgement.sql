-- name: pagerduty-acknowledgement
-- version: 1
-- answers: Which urgent alarms were not taken up within 15 minutes?
WITH known AS (
  SELECT *, row_number() OVER (PARTITION BY id ORDER BY period_end DESC, row_number) AS place
  FROM pagerduty_incidents
),
incident AS (
  SELECT
    '#' || number AS subject,
    title,
    service,
    status,
    strftime('%Y-%m-%dT%H:%M:%SZ', created_at) AS opened_at,
    period_end,
    evidence_id,
    (
      SELECT min(strftime('%Y-%m-%dT%H:%M:%SZ', json_extract(entry.value, '$.created_at'))) FROM json_each(known.log) AS entry
      WHERE json_extract(entry.value, '$.type') = 'acknowledge_log_entry'
    ) AS acknowledged_at,
    (
      SELECT max(strftime('%Y-%m-%dT%H:%M:%SZ', json_extract(entry.value, '$.created_at'))) FROM json_each(known.log) AS entry
      WHERE json_extract(entry.value, '$.type') = 'resolve_log_entry'
    ) AS resolved_at
  FROM known
  WHERE place = 1 AND urgency = 'high'
),
judged AS (
  SELECT
    *,
    coalesce(min(acknowledged_at, resolved_at), acknowledged_at, resolved_at) AS taken_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', opened_at, '+15 minutes') AS due_at
  FROM incident
)
SELECT
  subject,
  CASE WHEN taken_at <= due_at THEN 'pass' WHEN taken_at IS NOT NULL THEN 'partial' ELSE 'fail' END AS outcome,
  CASE
    WHEN taken_at <= due_at THEN ''
    WHEN taken_at IS NOT NULL THEN 'Opened at ' || opened_at || ' and taken up at ' || taken_at || ', after more than 15 minutes.'
    ELSE 'Opened at ' || opened_at || ' and never taken up; it is ' || status || '.'
  END AS detail,
  evidence_id AS evidence_ids,
  title,
  service,
  opened_at,
  taken_at
FROM judged
ORDER BY opened_at, subject;
