-- name: privileged-commands
-- version: 1
-- answers: Who ran commands with the rights of root without a ticket for the machine?
WITH ticket AS (
  SELECT * FROM access_requests
  WHERE system = 'linux' AND status IN ('approved', 'fulfilled')
    AND period_end = (SELECT max(period_end) FROM access_requests)
),
-- Insights writes a day as the moment at which it begins.
used AS (
  SELECT lower(person) AS person, host, substr(day, 1, 10) AS day, sum(commands) AS commands, min(evidence_id) AS evidence_id
  FROM privileged_commands
  WHERE target = 'root'
  GROUP BY lower(person), host, substr(day, 1, 10)
),
covered AS (
  SELECT
    used.*,
    EXISTS (
      SELECT 1 FROM ticket
      WHERE lower(ticket.account) = used.person AND lower(ticket.resource) = lower(used.host)
        AND date(ticket.approved_at) <= used.day AND (ticket.expires_at IS NULL OR date(ticket.expires_at) >= used.day)
    ) AS is_covered,
    (
      SELECT min(ticket.key) FROM ticket
      WHERE lower(ticket.account) = used.person AND lower(ticket.resource) = lower(used.host)
        AND date(ticket.approved_at) > used.day AND date(ticket.approved_at) <= date(used.day, '+3 days')
    ) AS later_ticket
  FROM used
),
judged AS (
  SELECT
    person || ' on ' || host AS subject,
    sum(commands) AS commands,
    sum(CASE WHEN is_covered THEN 0 ELSE commands END) AS uncovered,
    sum(CASE WHEN is_covered OR later_ticket IS NOT NULL THEN 0 ELSE commands END) AS never_covered,
    max(later_ticket) AS later_ticket,
    min(CASE WHEN NOT is_covered THEN day END) AS first_seen,
    max(CASE WHEN NOT is_covered THEN day END) AS last_seen,
    coalesce(min(CASE WHEN NOT is_covered THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN NOT is_covered THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM covered
  GROUP BY person, host
)
SELECT
  subject,
  CASE WHEN uncovered = 0 THEN 'pass' WHEN never_covered = 0 THEN 'partial' ELSE 'fail' END AS outcome,
  CASE
    WHEN uncovered = 0 THEN ''
    ELSE 'Ran ' || uncovered || ' of ' || commands || ' commands as root '
      || CASE WHEN never_covered = 0
        THEN 'before ticket ' || later_ticket || ' was approved' ELSE 'without a valid ticket' END
      || ', ' || CASE first_seen WHEN last_seen
        THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END || '.'
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END
    || ' ' || (SELECT max(evidence_id) FROM access_requests) AS evidence_ids,
  commands
FROM judged
WHERE EXISTS (SELECT 1 FROM access_requests)
ORDER BY subject;
