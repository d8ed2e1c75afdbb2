-- name: disclosure-accounting
-- version: 1
-- answers: Which disclosures of health information are not fully accounted for?
WITH judged AS (
  SELECT
    *,
    nullif(
      CASE WHEN disclosed_at IS NULL THEN ', the date' ELSE '' END
        || CASE WHEN coalesce(trim(recipient), '') = '' THEN ', the recipient' ELSE '' END
        || CASE WHEN coalesce(trim(described), '') = '' THEN ', what was disclosed' ELSE '' END
        || CASE WHEN coalesce(trim(purpose), '') = '' THEN ', the purpose' ELSE '' END,
      ''
    ) AS missing,
    unixepoch(recorded_at) - unixepoch(disclosed_at) > 30 * 86400 AS is_late
  FROM disclosures
)
SELECT
  'disclosure ' || disclosure_id AS subject,
  CASE WHEN missing IS NOT NULL OR recorded_at IS NULL THEN 'fail' WHEN is_late THEN 'partial' ELSE 'pass' END AS outcome,
  CASE
    WHEN missing IS NOT NULL THEN 'The record does not say ' || substr(missing, 3) || '.'
    WHEN recorded_at IS NULL THEN 'The record does not say when it was written.'
    WHEN is_late THEN 'Disclosed on ' || date(disclosed_at) || ' and written down only on ' || date(recorded_at) || '.'
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  disclosed_at,
  recipient
FROM judged
ORDER BY disclosure_id, evidence_id, row_number;
