-- name: approval-separation
-- version: 2
-- answers: Who approved what they had asked for, gain or implement themselves?
-- Addresses are compared without regard to case and surrounding spaces: it is one person either way.
WITH request AS (
  SELECT key, 'access request' AS kind, summary, approved_at, evidence_id,
    nullif(lower(trim(approver)), '') AS approver,
    lower(trim(requester)) AS requester,
    lower(trim(coalesce(beneficiary, ''))) AS other_party,
    'the person who gains by it' AS other_role,
    -- What was granted until a day that is over no longer stands.
    CASE WHEN expires_at <= period_end THEN expires_at END AS ended_at
  FROM access_requests
  WHERE period_end = (SELECT max(period_end) FROM access_requests)
    AND status IN ('approved', 'fulfilled')
  UNION ALL
  SELECT key, kind || ' change', summary, approved_at, evidence_id,
    CASE WHEN kind = 'standard' THEN 'approved in advance' ELSE nullif(lower(trim(approver)), '') END,
    lower(trim(requester)),
    lower(trim(implementer)),
    'its implementer',
    NULL
  FROM change_requests
  WHERE period_end = (SELECT max(period_end) FROM change_requests)
    AND status IN ('approved', 'implemented', 'closed')
)
SELECT
  key AS subject,
  CASE
    WHEN approver IS NOT NULL AND approver NOT IN (requester, other_party) THEN 'pass'
    WHEN ended_at IS NOT NULL THEN 'partial'
    ELSE 'fail'
  END AS outcome,
  CASE
    WHEN approver IS NULL THEN 'The ' || kind || ' counts as approved and names nobody who approved it.'
    WHEN approver = requester THEN 'The ' || kind || ' was approved by its requester, ' || approver || '.'
    WHEN approver = other_party THEN 'The ' || kind || ' was approved by ' || other_role || ', ' || approver || '.'
    ELSE ''
  END || CASE
    WHEN ended_at IS NOT NULL AND (approver IS NULL OR approver IN (requester, other_party)) THEN ' The access ended at ' || ended_at || '.'
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  kind,
  approved_at,
  summary
FROM request
WHERE approved_at >= :period_start AND approved_at < :period_end
ORDER BY key;
