-- name: journal-approval
-- version: 1
-- answers: Which manual entries of the ledger were posted without somebody else's approval, or do not balance?
WITH entry AS (
  SELECT
    entry_id,
    posted_at,
    prepared_by,
    approved_by,
    approved_at,
    coalesce(debit_cents, 0) AS debit_cents,
    coalesce(credit_cents, 0) AS credit_cents,
    evidence_id,
    coalesce(approved_by, '') <> '' AND approved_at IS NOT NULL AND lower(approved_by) <> lower(prepared_by) AS is_approved,
    coalesce(unixepoch(approved_at) > unixepoch(posted_at), 0) AS is_late
  FROM journal_entries
),
judged AS (
  SELECT
    *,
    CASE
      WHEN debit_cents <> credit_cents
        THEN 'Debit and credit differ by ' || abs(debit_cents - credit_cents) || ' cents.'
      WHEN coalesce(approved_by, '') = '' OR approved_at IS NULL THEN 'Posted by ' || prepared_by || ' without an approval.'
      WHEN NOT is_approved THEN 'Prepared and approved by the same person, ' || prepared_by || '.'
    END AS problem
  FROM entry
)
SELECT
  'entry ' || entry_id || ' of ' || substr(posted_at, 1, 10) AS subject,
  CASE WHEN problem IS NOT NULL THEN 'fail' WHEN is_late THEN 'partial' ELSE 'pass' END AS outcome,
  CASE
    WHEN problem IS NOT NULL THEN problem
    WHEN is_late THEN 'Approved by ' || approved_by || ' at ' || approved_at || ', after it was posted at ' || posted_at
      || '.'
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  prepared_by,
  approved_by
FROM judged
ORDER BY posted_at, entry_id, evidence_id;
