-- name: training-data-access
-- version: 1
-- answers: Who reached training data without a ticket that was approved before?
WITH ticket AS (
  SELECT * FROM access_requests
  WHERE system = 'training-data' AND status IN ('approved', 'fulfilled')
    AND period_end = (SELECT max(period_end) FROM access_requests)
),
judged AS (
  SELECT
    used.*,
    (
      SELECT min(ticket.key) FROM ticket
      WHERE lower(ticket.account) = lower(used.principal) AND lower(ticket.resource) = lower(used.dataset)
        AND ticket.approved_at <= used.first_at AND (ticket.expires_at IS NULL OR ticket.expires_at > used.last_at)
    ) AS approved_ticket,
    (
      SELECT min(ticket.key) FROM ticket
      WHERE lower(ticket.account) = lower(used.principal) AND lower(ticket.resource) = lower(used.dataset)
    ) AS other_ticket
  FROM audit_training_access AS used
)
SELECT
  principal || ' at ' || dataset || ' in ' || substr(period_start, 1, 7) AS subject,
  CASE WHEN approved_ticket IS NOT NULL THEN 'pass' WHEN other_ticket IS NOT NULL THEN 'partial' ELSE 'fail' END AS outcome,
  CASE
    WHEN approved_ticket IS NOT NULL THEN ''
    ELSE 'Reached the data ' || accesses || CASE accesses WHEN 1
      THEN ' time' ELSE ' times' END || ' from ' || first_at || ' to ' || last_at
      || CASE WHEN other_ticket IS NOT NULL THEN '; ticket ' || other_ticket || ' does not cover all of that time.'
        ELSE ' without any ticket.' END
  END AS detail,
  evidence_id || ' ' || (SELECT max(evidence_id) FROM access_requests) AS evidence_ids,
  accesses,
  exports,
  coalesce(approved_ticket, other_ticket) AS ticket
FROM judged
WHERE EXISTS (SELECT 1 FROM access_requests)
ORDER BY subject, evidence_id;
