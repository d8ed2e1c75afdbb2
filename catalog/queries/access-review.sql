-- name: access-review
-- version: 1
-- answers: For which systems was access not reviewed in the quarter, or what the review named not removed?
WITH review AS (
  SELECT
    system AS subject,
    max(owner) AS owner,
    max(CASE WHEN completed_at >= period_start AND completed_at < period_end THEN completed_at END) AS completed_at,
    max(completed_at >= period_start AND completed_at < period_end AND lower(reviewer) <> lower(owner)
      AND accounts_removed >= accounts_to_remove) AS is_complete,
    max(completed_at >= period_start AND completed_at < period_end AND lower(reviewer) <> lower(owner)) AS is_reviewed,
    min(evidence_id) AS evidence_id
  FROM review_records
  GROUP BY system
)
SELECT
  subject,
  CASE WHEN coalesce(is_complete, 0) THEN 'pass' ELSE 'fail' END AS outcome,
  CASE
    WHEN coalesce(is_complete, 0) THEN ''
    WHEN completed_at IS NULL THEN 'Access was not reviewed in the quarter.'
    WHEN NOT coalesce(is_reviewed, 0) THEN 'Access was reviewed only by the owner of the system.'
    ELSE 'The review named more accounts to remove than were removed.'
  END AS detail,
  evidence_id AS evidence_ids,
  owner,
  completed_at
FROM review
ORDER BY subject;
