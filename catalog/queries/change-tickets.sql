-- name: change-tickets
-- version: 2
-- answers: Which releases to production had no change ticket that was approved in time?
WITH ticket AS (
  SELECT * FROM change_requests
  WHERE period_end = (SELECT max(period_end) FROM change_requests)
),
-- What was released after the newest ticket export cannot be judged by it.
release AS (
  SELECT
    id,
    min(service) AS service,
    min(version) AS version,
    min(change_ticket) AS change_ticket,
    min(deployed_by) AS deployed_by,
    min(deployed_at) AS deployed_at,
    -- What failed or was rolled back did not stay in production.
    min(status IN ('failed', 'rolled-back')) AS is_undone,
    min(evidence_id) AS evidence_id
  FROM deployments
  WHERE environment = 'production' AND status <> 'cancelled'
    AND deployed_at < (SELECT max(period_end) FROM change_requests)
  GROUP BY id
),
judged AS (
  SELECT
    release.*,
    ticket.key,
    ticket.service AS ticket_service,
    ticket.status,
    ticket.kind,
    ticket.approved_at,
    coalesce(
      ticket.service = release.service
      AND ticket.status IN ('approved', 'implemented', 'closed')
      AND julianday(ticket.approved_at) - julianday(release.deployed_at) <= CASE ticket.kind WHEN 'emergency' THEN 1 ELSE 0 END,
      0
    ) AS is_approved
  FROM release
  LEFT JOIN ticket ON ticket.key = release.change_ticket
)
SELECT
  id AS subject,
  CASE WHEN is_approved THEN 'pass' WHEN is_undone THEN 'partial' ELSE 'fail' END AS outcome,
  CASE WHEN is_undone AND NOT is_approved THEN 'The release failed or was rolled back. ' ELSE '' END || CASE
    WHEN is_approved THEN ''
    WHEN change_ticket IS NULL THEN 'Released by ' || deployed_by || ' without naming a change ticket.'
    WHEN key IS NULL THEN 'Released on ticket ' || change_ticket || ', which does not exist.'
    WHEN ticket_service <> service THEN 'Released on ticket ' || key || ', which is for the service ' || ticket_service || '.'
    WHEN status NOT IN ('approved', 'implemented', 'closed') THEN 'Released on ticket ' || key || ', which is ' || status || '.'
    WHEN approved_at IS NULL THEN 'Released on ticket ' || key || ', which nobody approved.'
    ELSE 'Released at ' || deployed_at || ', but ticket ' || key || ' was approved at ' || approved_at || '.'
  END AS detail,
  evidence_id || ' ' || (SELECT max(evidence_id) FROM change_requests) AS evidence_ids,
  service,
  version,
  change_ticket,
  deployed_at
FROM judged
ORDER BY deployed_at, id;
