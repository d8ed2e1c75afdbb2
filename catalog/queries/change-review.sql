-- name: change-review
-- version: 2
-- answers: Which changes were merged without an approval by somebody else of exactly what was merged?
WITH change AS (
  SELECT
    repository || '#' || number AS subject,
    min(title) AS title,
    min(lower(author)) AS author,
    min(merged_by) AS merged_by,
    min(merged_at) AS merged_at,
    min(head_commit) AS head_commit,
    min(reviews) AS reviews,
    min(evidence_id) AS evidence_id
  FROM pull_requests
  WHERE base_branch IN ('main', 'master')
  GROUP BY repository, number
),
review AS (
  SELECT
    change.subject,
    change.merged_at,
    lower(json_extract(change.review, '$.user.login')) AS reviewer,
    json_extract(change.review, '$.state') AS state,
    json_extract(change.review, '$.submitted_at') AS submitted_at,
    json_extract(change.review, '$.commit_id') = change.head_commit AS is_of_head
  FROM (
    SELECT change.*, CASE item.type WHEN 'object' THEN item.value ELSE '{}' END AS review
    FROM change, json_each(change.reviews) AS item
  ) AS change
  WHERE lower(json_extract(change.review, '$.user.login')) <> change.author
),
-- An approval counts unless the same person asked for changes after it. A withdrawn one has the state DISMISSED.
approval AS (
  SELECT review.subject, min(review.submitted_at) AS approved_at, min(review.reviewer) AS approved_by
  FROM review
  WHERE review.state = 'APPROVED' AND review.is_of_head AND review.submitted_at < :period_end
    AND NOT EXISTS (
      SELECT 1 FROM review AS later
      WHERE later.subject = review.subject AND later.reviewer = review.reviewer
        AND later.state = 'CHANGES_REQUESTED' AND later.submitted_at > review.submitted_at
        AND (later.submitted_at <= review.merged_at OR review.submitted_at > review.merged_at)
    )
  GROUP BY review.subject
)
SELECT
  change.subject,
  CASE
    WHEN approval.approved_at <= change.merged_at THEN 'pass'
    WHEN approval.approved_at IS NOT NULL THEN 'partial'
    ELSE 'fail'
  END AS outcome,
  CASE
    WHEN approval.approved_at <= change.merged_at THEN ''
    WHEN approval.approved_at IS NOT NULL
      THEN 'Merged at ' || change.merged_at || ' and approved only afterwards, at ' || approval.approved_at || '.'
    WHEN json_array_length(change.reviews) = 0 THEN 'Merged by ' || coalesce(change.merged_by, 'somebody unknown') || ' without any review.'
    ELSE 'Merged by ' || coalesce(change.merged_by, 'somebody unknown')
      || ' without an approval by somebody else that held for the merged commit.'
  END AS detail,
  change.evidence_id AS evidence_ids,
  change.title,
  change.author,
  change.merged_at
FROM change
LEFT JOIN approval ON approval.subject = change.subject
ORDER BY change.merged_at, change.subject;
