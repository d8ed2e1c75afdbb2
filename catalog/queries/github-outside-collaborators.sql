-- name: github-outside-collaborators
-- version: 1
-- answers: Which outside collaborators have no approved and valid access request?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM github_collaborators
),
ticket AS (
  SELECT key, lower(account) AS account, approved_at, expires_at
  FROM access_requests
  WHERE period_end = (SELECT max(period_end) FROM access_requests)
    AND lower(system) = 'github' AND status IN ('approved', 'fulfilled')
),
seen AS (
  SELECT
    lower(collaborator.login) AS subject,
    collaborator.evidence_id,
    date(collaborator.period_end, '-1 day') AS day,
    collaborator.period_end = last_answer.period_end AS is_last,
    (
      SELECT min(ticket.key) FROM ticket
      WHERE ticket.account = lower(collaborator.login) AND ticket.approved_at < collaborator.period_end
        AND (ticket.expires_at IS NULL OR ticket.expires_at >= collaborator.period_end)
    ) AS ticket
  FROM github_collaborators AS collaborator, last_answer
),
judged AS (
  SELECT
    subject,
    max(ticket IS NULL) AS was_exception,
    max(ticket IS NULL AND is_last) AS stands,
    max(is_last) AS is_there,
    max(ticket) AS ticket,
    min(CASE WHEN ticket IS NULL THEN day END) AS first_seen,
    max(CASE WHEN ticket IS NULL THEN day END) AS last_seen,
    coalesce(min(CASE WHEN ticket IS NULL THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN ticket IS NULL THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  judged.subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'Works in repositories from outside '
      || CASE WHEN (SELECT max(expired.expires_at) FROM ticket AS expired WHERE expired.account = judged.subject) IS NULL
        THEN 'without an approved access request' ELSE 'without an access request that still holds' END
      || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' WHEN is_there THEN '; approved since.' ELSE '; removed since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END
    || coalesce(' ' || (SELECT max(evidence_id) FROM access_requests), '') AS evidence_ids,
  ticket
FROM judged
ORDER BY judged.subject;
