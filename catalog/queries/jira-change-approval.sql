-- name: jira-change-approval
-- version: 1
-- answers: Which change tickets in Jira were done without an approval by somebody else before?
-- The newest answer that knows a ticket tells its whole history.
WITH known AS (
  SELECT *, row_number() OVER (PARTITION BY key ORDER BY period_end DESC, row_number) AS place
  FROM jira_changes
),
change AS (
  SELECT key, summary, kind, reporter, implementer, strftime('%Y-%m-%dT%H:%M:%SZ', resolved_at) AS resolved_at, history, evidence_id
  FROM known
  WHERE place = 1 AND lower(status) NOT IN ('declined', 'rejected', 'cancelled', 'canceled', 'withdrawn')
    AND julianday(resolved_at) >= julianday(:period_start) AND julianday(resolved_at) < julianday(:period_end)
),
entry AS (
  SELECT
    change.key,
    json_extract(entry.value, '$.author.accountId') AS moved_by,
    json_extract(entry.value, '$.author.displayName') AS moved_by_name,
    json_extract(entry.value, '$.created') AS created,
    json_extract(entry.value, '$.items') AS items
  FROM change, json_each(change.history) AS entry
),
-- Jira writes 2026-07-03T09:12:44.000+0200: without the colon it would be no time.
move AS (
  SELECT
    entry.key,
    entry.moved_by,
    entry.moved_by_name,
    strftime('%Y-%m-%dT%H:%M:%SZ', substr(entry.created, 1, length(entry.created) - 2) || ':' || substr(entry.created, -2)) AS moved_at,
    lower(json_extract(item.value, '$.toString')) AS status
  FROM entry, json_each(entry.items) AS item
  WHERE json_extract(item.value, '$.field') = 'status'
),
approval AS (
  SELECT
    move.key,
    min(CASE WHEN is_other THEN move.moved_at END) AS approved_at,
    min(CASE WHEN NOT is_other THEN move.moved_by_name END) AS approved_by_self
  FROM (
    SELECT move.*, coalesce(move.moved_by <> coalesce(change.reporter, '') AND move.moved_by <> coalesce(change.implementer, ''), 0) AS is_other
    FROM move
    JOIN change ON change.key = move.key
    WHERE move.status = 'approved' AND NOT EXISTS (
      SELECT 1 FROM move AS later
      WHERE later.key = move.key AND later.status IN ('declined', 'rejected') AND later.moved_at > move.moved_at
    )
  ) AS move
  GROUP BY move.key
)
SELECT
  change.key AS subject,
  CASE WHEN approved_at <= resolved_at THEN 'pass' WHEN approved_at IS NOT NULL THEN 'partial' ELSE 'fail' END AS outcome,
  CASE
    WHEN approved_at <= resolved_at THEN ''
    WHEN approved_at IS NOT NULL THEN 'Done at ' || resolved_at || ' and approved only afterwards, at ' || approved_at || '.'
    WHEN approved_by_self IS NOT NULL THEN 'Done at ' || resolved_at || ' and approved only by ' || approved_by_self
      || ', who reported or implemented it.'
    ELSE 'Done at ' || resolved_at || ' without an approval.'
  END AS detail,
  change.evidence_id AS evidence_ids,
  change.summary,
  change.kind,
  change.resolved_at
FROM change
LEFT JOIN approval ON approval.key = change.key
ORDER BY change.resolved_at, change.key;
