-- name: pagerduty-resolution
-- version: 1
-- answers: Which urgent incidents were not resolved within a day?
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
    -- One that was opened again after its resolution is open.
    CASE status WHEN 'resolved' THEN resolved_at END AS ended_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', opened_at, '+24 hours') AS due_at
  FROM incident
)
SELECT
  subject,
  CASE WHEN ended_at <= due_at THEN 'pass' WHEN ended_at IS NOT NULL OR due_at > period_end THEN 'partial' ELSE 'fail' END AS outcome,
  CASE
    WHEN ended_at <= due_at THEN ''
    WHEN ended_at IS NOT NULL THEN 'Opened at ' || opened_at || ' and resolved at ' || ended_at || ', after more than 24 hours.'
    WHEN due_at > period_end THEN 'Opened at ' || opened_at || ' and not resolved when the answer was given; it was due at ' || due_at || '.'
    ELSE 'Opened at ' || opened_at || ' and not resolved; it was due at ' || due_at || '.'
  END AS detail,
  evidence_id AS evidence_ids,
  title,
  service,
  opened_at,
  ended_at AS resolved_at
FROM judged
ORDER BY opened_at, subject;
