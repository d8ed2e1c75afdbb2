-- name: breach-notification
-- version: 1
-- answers: Which breaches were not notified within 72 hours, or not told to the persons concerned?
WITH breach AS (
  SELECT
    *,
    min(unixepoch(:period_end), unixepoch(period_end)) AS known_until,
    unixepoch(coalesce(authority_notified_at, min(:period_end, period_end))) - unixepoch(became_aware_at) AS seconds_taken
  FROM breaches
  WHERE period_end = (SELECT max(period_end) FROM breaches)
    AND became_aware_at < min(:period_end, period_end)
    -- What was settled before the period belongs to an earlier one.
    AND (became_aware_at >= :period_start OR authority_notified_at >= :period_start
      OR (authority_notified_at IS NULL AND risk <> 'unlikely') OR (persons_notified_at IS NULL AND risk = 'high'))
),
judged AS (
  SELECT
    *,
    CASE
      WHEN risk = 'unlikely' THEN NULL
      WHEN authority_notified_at IS NULL AND seconds_taken > 72 * 3600 THEN 'The authority was not notified.'
      WHEN risk = 'high' AND persons_notified_at IS NULL AND known_until - unixepoch(became_aware_at) > 30 * 86400
        THEN 'The persons concerned were not told within 30 days.'
      WHEN seconds_taken > 72 * 3600 AND coalesce(trim(delay_reason), '') = ''
        THEN 'The authority was notified after ' || ((seconds_taken + 3599) / 3600) || ' hours, and no reason was given.'
    END AS problem,
    risk <> 'unlikely' AND seconds_taken > 72 * 3600 AS is_late
  FROM breach
)
SELECT
  key || ' ' || summary AS subject,
  CASE WHEN problem IS NOT NULL THEN 'fail' WHEN is_late THEN 'partial' ELSE 'pass' END AS outcome,
  CASE
    WHEN problem IS NOT NULL THEN problem
    WHEN is_late THEN 'The authority was notified after ' || ((seconds_taken + 3599) / 3600) || ' hours, for the reason: '
      || delay_reason
      || '.'
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  became_aware_at,
  authority_notified_at
FROM judged
ORDER BY became_aware_at, key;
