-- name: servicenow-change-approval
-- version: 1
-- answers: On which normal changes did work begin before they were approved?
-- The newest answer that knows a change tells its state.
WITH known AS (
  SELECT *, row_number() OVER (PARTITION BY sys_id ORDER BY period_end DESC, row_number) AS place
  FROM servicenow_changes
),
change AS (
  SELECT sys_id, number, summary, approval, approvals, evidence_id, strftime('%Y-%m-%dT%H:%M:%SZ', work_start) AS work_start
  FROM known
  WHERE place = 1 AND kind = 'normal' AND state <> '4'
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
-- ServiceNow notes when an approval was last touched: a later note on it makes it look later, never earlier.
approval AS (
  SELECT sys_id, max(approved_at) AS approved_at, group_concat(approver_name, ', ') AS approvers
  FROM (SELECT * FROM approver ORDER BY approved_at, approver)
  GROUP BY sys_id
)
SELECT
  number AS subject,
  CASE
    WHEN coalesce(change.approval, '') <> 'approved' OR approved_at IS NULL THEN 'fail'
    WHEN approved_at <= work_start THEN 'pass'
    ELSE 'partial'
  END AS outcome,
  CASE
    WHEN approved_at IS NULL THEN 'Work began at ' || work_start || ' without any approval.'
    WHEN coalesce(change.approval, '') <> 'approved'
      THEN 'Work began at ' || work_start || ', and the change as a whole is ' || coalesce(change.approval, 'without a decision') || '.'
    WHEN approved_at <= work_start THEN ''
    ELSE 'Work began at ' || work_start || ', and the last approval came at ' || approved_at || '.'
  END AS detail,
  change.evidence_id AS evidence_ids,
  summary,
  work_start,
  approvers
FROM change
LEFT JOIN approval ON approval.sys_id = change.sys_id
ORDER BY work_start, number;
