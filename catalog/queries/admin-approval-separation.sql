-- name: admin-approval-separation
-- version: 1
-- answers: Which administrators of the directory approved requests for access?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM okta_role_assignments
),
approver AS (
  SELECT lower(trim(approver)) AS person, count(*) AS approvals, min(key) AS first_key, max(evidence_id) AS evidence_id
  FROM access_requests
  WHERE period_end = (SELECT max(period_end) FROM access_requests)
    AND status IN ('approved', 'fulfilled') AND approved_at >= :period_start AND approved_at < :period_end
  GROUP BY lower(trim(approver))
),
administrator AS (
  SELECT
    lower(account.login) AS person,
    min(lower(account.email)) AS email,
    max(account.period_end) = last_answer.period_end AS stands,
    min(json_extract(role.value, '$.type')) AS role,
    min(account.evidence_id) AS first_evidence,
    max(account.evidence_id) AS last_evidence
  FROM last_answer, okta_role_assignments AS account, json_each(account.roles) AS role
  WHERE coalesce(json_extract(role.value, '$.status'), 'ACTIVE') = 'ACTIVE'
    AND json_extract(role.value, '$.type') NOT IN ('READ_ONLY_ADMIN', 'REPORT_ADMIN')
  GROUP BY lower(account.login), last_answer.period_end
)
SELECT
  administrator.person AS subject,
  CASE WHEN approver.person IS NULL THEN 'pass' WHEN administrator.stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN approver.person IS NULL THEN ''
    ELSE 'Approved ' || CASE approver.approvals WHEN 1 THEN 'the request for access ' || approver.first_key
        ELSE approver.approvals || ' requests for access, ' || approver.first_key || ' among them,' END
      || ' and holds the role ' || administrator.role || ' in the directory'
      || CASE WHEN administrator.stands THEN '; it stands.' ELSE '; the role was taken away since.' END
  END AS detail,
  administrator.first_evidence
    || CASE WHEN administrator.last_evidence <> administrator.first_evidence THEN ' ' || administrator.last_evidence ELSE '' END
    || coalesce(' ' || approver.evidence_id, '') AS evidence_ids,
  administrator.role,
  coalesce(approver.approvals, 0) AS approvals
FROM administrator
LEFT JOIN approver ON approver.person IN (administrator.person, administrator.email)
ORDER BY subject;
