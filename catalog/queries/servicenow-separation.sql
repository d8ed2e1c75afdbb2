-- name: servicenow-separation
-- version: 1
-- answers: Which changes were approved only by who requested or implemented them?
-- The newest answer that knows a change tells its state.
WITH known AS (
  SELECT *, row_number() OVER (PARTITION BY sys_id ORDER BY period_end DESC, row_number) AS place
  FROM servicenow_changes
),
change AS (
  SELECT sys_id, number, summary, kind, approvals, evidence_id, requested_by, implementer,
    strftime('%Y-%m-%dT%H:%M:%SZ', work_start) AS work_start
  FROM known
  WHERE place = 1 AND kind <> 'standard' AND state <> '4'
    AND julianday(work_start) >= julianday(:period_start) AND julianday(work_start) < julianday(:period_end)
),
approver AS (
  SELECT
    change.sys_id,
    json_extract(item.value, '$.approver.value') AS approver,
    json_extract(item.value, '$.approver.display_value') AS approver_name,
    strftime('%Y-%m-%dT%H:%M:%SZ', json_extract(item.value, '$.sys_updated_on.value')) AS approved_at
  FROM change, json_each(change.approvals) AS item
  WHERE json_extract(item.value, '$.state.value') = 'approved'
),
counted AS (
  SELECT
    change.sys_id,
    count(*) AS approvals,
    max(approver.approver NOT IN (coalesce(change.requested_by, ''), coalesce(change.implementer, ''))) AS has_other,
    min(CASE WHEN approver.approver IN (change.requested_by, change.implementer) THEN approver.approver_name END) AS own_name
  FROM change
  JOIN approver ON approver.sys_id = change.sys_id
  GROUP BY change.sys_id
)
-- Changes that nobody approved are examined by other controls.
SELECT
  number AS subject,
  CASE WHEN NOT has_other THEN 'fail' WHEN own_name IS NOT NULL THEN 'partial' ELSE 'pass' END AS outcome,
  CASE
    WHEN NOT has_other THEN 'Approved only by ' || coalesce(own_name, 'nobody who is named') || ', who requested or implemented it.'
    WHEN own_name IS NOT NULL THEN 'Approved by another and also by ' || own_name || ', who requested or implemented it.'
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  summary,
  kind,
  work_start
FROM change
JOIN counted ON counted.sys_id = change.sys_id
ORDER BY work_start, number;
