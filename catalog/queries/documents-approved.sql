-- name: documents-approved
-- version: 1
-- answers: Which documents were not approved by somebody other than who submitted them?
-- Each version of a document is a row. An approved version holds until another one is approved, whatever became of later ones.
WITH version_of AS (
  SELECT
    document,
    kind,
    period_end,
    evidence_id,
    max(version) AS last_version,
    max(CASE WHEN is_approved THEN version END) AS approved_version,
    max(CASE WHEN is_approved THEN approved_at END) AS approved_at,
    max(CASE WHEN is_own THEN trim(approved_by) END) AS own_approver,
    max(CASE WHEN place = 1 THEN state END) AS last_state,
    max(CASE WHEN place = 1 THEN submitted_by END) AS submitted_by,
    max(CASE WHEN place = 1 THEN submitted_at END) AS submitted_at
  FROM (
    SELECT
      *,
      -- An approval by nobody, or by whoever submitted, is none. Addresses are compared without regard to case and spaces.
      state = 'approved' AND lower(trim(coalesce(approved_by, ''))) NOT IN ('', lower(trim(submitted_by))) AS is_approved,
      state = 'approved' AND lower(trim(coalesce(approved_by, ''))) = lower(trim(submitted_by)) AS is_own,
      row_number() OVER (PARTITION BY document, kind, period_end ORDER BY version DESC, submitted_at DESC, row_number DESC) AS place
    FROM documents
  )
  GROUP BY document, kind, period_end, evidence_id
)
SELECT
  document || ' (' || kind || ', ' || date(period_end, '-1 day') || ')' AS subject,
  CASE
    WHEN approved_version IS NOT NULL THEN 'pass'
    WHEN last_state = 'submitted' THEN 'partial'
    ELSE 'fail'
  END AS outcome,
  CASE
    WHEN approved_version IS NOT NULL THEN ''
    WHEN last_state = 'submitted' THEN 'Version ' || last_version || ' was submitted by ' || submitted_by || ' at ' || submitted_at
      || ' and nobody has approved it yet.'
    WHEN last_state = 'rejected' THEN 'Version ' || last_version || ', the last one, was rejected.'
    WHEN own_approver IS NOT NULL THEN 'Approved only by ' || own_approver || ', who submitted it.'
    ELSE 'Version ' || last_version || ' counts as ' || last_state || ' and names nobody who approved it.'
  END AS detail,
  evidence_id AS evidence_ids,
  approved_version,
  approved_at
FROM version_of
ORDER BY period_end, document, kind;
