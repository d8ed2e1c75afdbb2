-- name: emergency-access
-- version: 1
-- answers: Which emergency accesses were not reviewed by somebody else within three days?
WITH register AS (
  SELECT * FROM access_investigations
  WHERE kind = 'emergency' AND period_end = (SELECT max(period_end) FROM access_investigations)
),
judged AS (
  SELECT
    session.*,
    (
      SELECT min(register.closed_at) FROM register
      WHERE register.about = session.session_id AND lower(register.reviewer) <> lower(session.principal)
        AND register.closed_at >= session.ended_at
    ) AS reviewed_at,
    EXISTS (
      SELECT 1 FROM register
      WHERE register.about = session.session_id AND lower(register.reviewer) = lower(session.principal)
    ) AS is_own_review,
    -- Three days are given to review.
    unixepoch((SELECT max(period_end) FROM access_investigations)) - unixepoch(session.ended_at) < 3 * 86400 AS is_fresh
  FROM audit_emergency_access AS session
)
SELECT
  'session ' || session_id || ' of ' || principal AS subject,
  CASE
    WHEN reviewed_at IS NULL AND NOT is_fresh THEN 'fail'
    WHEN reviewed_at IS NULL THEN 'partial'
    WHEN unixepoch(reviewed_at) - unixepoch(ended_at) > 3 * 86400 OR coalesce(reason, '') = '' THEN 'partial'
    ELSE 'pass'
  END AS outcome,
  CASE
    WHEN reviewed_at IS NULL
      THEN 'Emergency access to ' || resource || ' that ended at ' || ended_at || ' with ' || actions || CASE actions WHEN 1
        THEN ' action was ' ELSE ' actions was ' END
        || CASE
          WHEN is_own_review THEN 'reviewed only by the one who used it.'
          WHEN is_fresh THEN 'not reviewed yet.'
          ELSE 'not reviewed.'
        END
    WHEN unixepoch(reviewed_at) - unixepoch(ended_at) > 3 * 86400
      THEN 'Emergency access to ' || resource || ' that ended at ' || ended_at || ' was reviewed only at ' || reviewed_at
        || '.'
    WHEN coalesce(reason, '') = ''
      THEN 'Emergency access to ' || resource || ' was reviewed, but no reason was given for it.'
    ELSE ''
  END AS detail,
  evidence_id || ' ' || (SELECT max(evidence_id) FROM access_investigations) AS evidence_ids,
  resource,
  started_at,
  reviewed_at
FROM judged
WHERE EXISTS (SELECT 1 FROM access_investigations)
ORDER BY started_at, session_id;
