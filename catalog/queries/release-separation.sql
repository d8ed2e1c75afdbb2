-- name: release-separation
-- version: 1
-- answers: Which releases to production were made by whoever had approved them?
-- Addresses are compared without regard to case and surrounding spaces: it is one person either way.
WITH ticket AS (
  SELECT key, nullif(lower(trim(approver)), '') AS approver, approved_at
  FROM change_requests
  WHERE period_end = (SELECT max(period_end) FROM change_requests)
    AND kind <> 'standard' AND status IN ('approved', 'implemented', 'closed')
),
release AS (
  SELECT
    id,
    min(service) AS service,
    min(version) AS version,
    min(change_ticket) AS change_ticket,
    min(lower(trim(deployed_by))) AS deployed_by,
    min(deployed_at) AS deployed_at,
    -- What failed or was rolled back did not stay in production.
    min(status IN ('failed', 'rolled-back')) AS is_undone,
    min(evidence_id) AS evidence_id
  FROM deployments
  WHERE environment = 'production' AND status <> 'cancelled'
  GROUP BY id
)
SELECT
  release.id AS subject,
  CASE WHEN ticket.approver <> release.deployed_by THEN 'pass' WHEN release.is_undone THEN 'partial' ELSE 'fail' END AS outcome,
  CASE
    WHEN ticket.approver <> release.deployed_by THEN ''
    ELSE 'Released by ' || release.deployed_by || ', who had approved the ticket ' || ticket.key
      || CASE WHEN release.is_undone THEN '; the release failed or was rolled back.' ELSE '.' END
  END AS detail,
  release.evidence_id || ' ' || (SELECT max(evidence_id) FROM change_requests) AS evidence_ids,
  release.service,
  release.version,
  release.change_ticket,
  release.deployed_at
FROM release
JOIN ticket ON ticket.key = release.change_ticket AND ticket.approver IS NOT NULL
ORDER BY release.deployed_at, release.id;
