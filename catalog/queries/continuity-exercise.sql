-- name: continuity-exercise
-- version: 1
-- answers: Which exercises of the plans for emergencies are missing?
WITH required (kind, title) AS (
  VALUES
    ('continuity-exercise', 'Exercise of continuity'),
    ('incident-exercise', 'Exercise of the response to incidents'),
    ('corrected-plan', 'Plan corrected after the exercises')
),
-- Each version of a document is a row.
version_of AS (
  SELECT
    *,
    -- An approval by nobody, or by whoever submitted, is none. Addresses are compared without regard to case and spaces.
    state = 'approved' AND lower(trim(coalesce(approved_by, ''))) NOT IN ('', lower(trim(submitted_by))) AS is_approved,
    row_number() OVER (PARTITION BY lower(kind), period_end ORDER BY submitted_at DESC, version DESC, row_number DESC) AS place
  FROM documents
),
slot AS (
  SELECT period_start, period_end, evidence_id FROM documents GROUP BY period_start, period_end, evidence_id
),
judged AS (
  SELECT
    required.title,
    slot.period_start,
    slot.period_end,
    slot.evidence_id,
    count(version_of.document) AS versions,
    max(CASE WHEN is_approved THEN approved_at END) AS approved_at,
    max(CASE WHEN is_approved AND approved_at < slot.period_end THEN approved_at END) AS approved_in_time,
    max(CASE WHEN place = 1 THEN document END) AS document,
    max(CASE WHEN place = 1 THEN state END) AS last_state,
    max(CASE WHEN place = 1 THEN submitted_by END) AS submitted_by
  FROM slot
  CROSS JOIN required
  LEFT JOIN version_of ON lower(version_of.kind) = required.kind AND version_of.period_end = slot.period_end
  GROUP BY required.kind, required.title, slot.period_start, slot.period_end, slot.evidence_id
)
SELECT
  title || ', ' || strftime('%Y', period_start) AS subject,
  CASE
    WHEN approved_in_time >= period_start THEN 'pass'
    WHEN approved_at >= period_end OR last_state = 'submitted' THEN 'partial'
    ELSE 'fail'
  END AS outcome,
  CASE
    WHEN approved_in_time >= period_start THEN ''
    WHEN approved_at >= period_end THEN 'Approved only after the year, at ' || approved_at || '.'
    WHEN last_state = 'submitted' THEN document || ' was submitted by ' || submitted_by || ' and nobody has approved it yet.'
    WHEN versions = 0 THEN 'No such document was submitted in the year.'
    WHEN approved_at IS NOT NULL THEN 'Approved last at ' || approved_at || ', before the year began.'
    WHEN last_state = 'rejected' THEN document || ', the last one that was submitted, was rejected.'
    ELSE document || ' was approved by nobody other than ' || submitted_by || ', who submitted it.'
  END AS detail,
  evidence_id AS evidence_ids,
  document,
  approved_at
FROM judged
ORDER BY period_start, title;
