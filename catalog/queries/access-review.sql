-- name: access-review
-- version: 2
-- answers: For which systems was access not reviewed in the quarter, or what the review named not removed?
-- Each quarter needs its own review, and is judged by the records of it.
WITH quarter AS (
  SELECT
    system,
    period_end,
    max(owner) AS owner,
    max(CASE WHEN completed_at >= period_start AND completed_at < period_end THEN completed_at END) AS completed_at,
    coalesce(max(completed_at >= period_start AND completed_at < period_end AND lower(reviewer) <> lower(owner)
      AND accounts_removed >= accounts_to_remove), 0) AS is_complete,
    coalesce(max(completed_at >= period_start AND completed_at < period_end AND lower(reviewer) <> lower(owner)), 0) AS is_reviewed,
    min(evidence_id) AS evidence_id
  FROM review_records
  GROUP BY system, period_end
),
-- The last quarter of each system tells what stands, the last one that was not complete what was wrong.
placed AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY system ORDER BY period_end DESC) AS place,
    row_number() OVER (PARTITION BY system ORDER BY is_complete, period_end DESC) AS wrong_place
  FROM quarter
),
review AS (
  SELECT last.system AS subject, last.owner, last.is_complete AS stands_complete, wrong.is_complete AS always_complete,
    wrong.is_reviewed, wrong.completed_at AS wrong_completed_at, wrong.period_end AS wrong_end, last.completed_at,
    last.evidence_id AS last_evidence, wrong.evidence_id AS wrong_evidence
  FROM placed AS last
  JOIN placed AS wrong ON wrong.system = last.system AND wrong.wrong_place = 1
  WHERE last.place = 1
)
SELECT
  subject,
  CASE WHEN always_complete THEN 'pass' WHEN stands_complete THEN 'partial' ELSE 'fail' END AS outcome,
  CASE WHEN stands_complete AND NOT always_complete THEN 'In the quarter that ended on ' || date(wrong_end, '-1 day') || ': ' ELSE '' END
  || CASE
    WHEN always_complete THEN ''
    WHEN wrong_completed_at IS NULL THEN 'Access was not reviewed in the quarter.'
    WHEN NOT is_reviewed THEN 'Access was reviewed only by the owner of the system.'
    ELSE 'The review named more accounts to remove than were removed.'
  END || CASE WHEN stands_complete AND NOT always_complete THEN ' The last quarter is complete.' ELSE '' END AS detail,
  wrong_evidence || CASE WHEN last_evidence <> wrong_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  owner,
  completed_at
FROM review
ORDER BY subject;
