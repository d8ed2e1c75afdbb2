-- name: github-public-repositories
-- version: 1
-- answers: Which repositories are public without an approval?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM github_repositories
),
-- The newest export of the tickets is read for every day: a ticket tells itself from when to when it held.
ticket AS (
  SELECT key, lower(resource) AS repository, approved_at, expires_at
  FROM access_requests
  WHERE period_end = (SELECT max(period_end) FROM access_requests)
    AND lower(system) = 'github' AND lower(entitlement) = 'public' AND status IN ('approved', 'fulfilled')
),
seen AS (
  SELECT
    repository.name AS subject,
    repository.evidence_id,
    date(repository.period_end, '-1 day') AS day,
    repository.period_end = last_answer.period_end AS is_last,
    repository.visibility = 'PUBLIC' AS is_public,
    (
      SELECT min(ticket.key) FROM ticket
      WHERE ticket.repository = lower(repository.name) AND ticket.approved_at < repository.period_end
        AND (ticket.expires_at IS NULL OR ticket.expires_at >= repository.period_end)
    ) AS ticket
  FROM github_repositories AS repository, last_answer
),
judged AS (
  SELECT
    subject,
    max(is_public AND ticket IS NULL) AS was_exception,
    max(is_public AND ticket IS NULL AND is_last) AS stands,
    max(is_public AND is_last) AS is_public,
    max(CASE WHEN is_public THEN ticket END) AS ticket,
    min(CASE WHEN is_public AND ticket IS NULL THEN day END) AS first_seen,
    max(CASE WHEN is_public AND ticket IS NULL THEN day END) AS last_seen,
    coalesce(min(CASE WHEN is_public AND ticket IS NULL THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN is_public AND ticket IS NULL THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'Public without a valid approval, seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' WHEN is_public THEN '; approved since.' ELSE '; no longer public.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END
    || coalesce(' ' || (SELECT max(evidence_id) FROM access_requests), '') AS evidence_ids,
  ticket,
  is_public
FROM judged
ORDER BY subject;
