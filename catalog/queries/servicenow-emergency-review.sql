-- name: servicenow-emergency-review
-- version: 1
-- answers: Which emergency changes were not approved within a day or not reviewed within a week?
-- The newest answer that knows a change tells its state.
WITH known AS (
  SELECT *, row_number() OVER (PARTITION BY sys_id ORDER BY period_end DESC, row_number) AS place
  FROM servicenow_changes
),
change AS (
  SELECT
    sys_id, number, summary, approvals, evidence_id, implementer, implementer_name, closed_by,
    strftime('%Y-%m-%dT%H:%M:%SZ', work_start) AS work_start,
    strftime('%Y-%m-%dT%H:%M:%SZ', work_start, '+1 day') AS approval_due,
    strftime('%Y-%m-%dT%H:%M:%SZ', coalesce(work_end, work_start), '+7 days') AS review_due,
    CASE state WHEN '3' THEN strftime('%Y-%m-%dT%H:%M:%SZ', closed_at) END AS closed_at,
    period_end AS told_at
  FROM known
  -- Whatever was done in the period, or was to be reviewed in it.
  WHERE place = 1 AND kind = 'emergency' AND state <> '4' AND julianday(work_start) < julianday(:period_end)
    AND julianday(coalesce(work_end, work_start), '+7 days') >= julianday(:period_start)
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
approval AS (
  SELECT sys_id, min(approved_at) AS approved_at FROM approver GROUP BY sys_id
),
judged AS (
  SELECT
    change.*,
    approval.approved_at,
    -- What is not due yet when the answer is given is no exception.
    CASE WHEN approval.approved_at IS NOT NULL THEN 0 ELSE approval_due < told_at END AS no_approval,
    coalesce(approval.approved_at > approval_due, 0) AS late_approval,
    CASE
      WHEN closed_at IS NULL THEN review_due < told_at
      ELSE coalesce(closed_by = implementer, 0)
    END AS no_review,
    coalesce(closed_at > review_due, 0) AS late_review
  FROM change
  LEFT JOIN approval ON approval.sys_id = change.sys_id
)
SELECT
  number AS subject,
  CASE WHEN no_approval OR no_review THEN 'fail' WHEN late_approval OR late_review THEN 'partial' ELSE 'pass' END AS outcome,
  CASE
    WHEN no_approval THEN 'Work began at ' || work_start || ' and nobody approved it within a day or since.'
    WHEN no_review AND closed_at IS NULL THEN 'To be reviewed by ' || review_due || ' and not closed.'
    WHEN no_review THEN 'Closed at ' || closed_at || ' by ' || coalesce(implementer_name, implementer) || ', who implemented it.'
    WHEN late_approval THEN 'Work began at ' || work_start || ' and was approved at ' || approved_at || ', more than a day later.'
    WHEN late_review THEN 'To be reviewed by ' || review_due || ' and closed at ' || closed_at || '.'
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  summary,
  work_start,
  approved_at,
  closed_at
FROM judged
ORDER BY work_start, number;
