-- name: github-secret-alerts
-- version: 1
-- answers: Which secrets found in repositories were not revoked within three days?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM github_secret_scanning
),
-- The newest answer that knows an alert tells its whole history.
known AS (
  SELECT *, row_number() OVER (PARTITION BY repository, number ORDER BY period_end DESC, row_number) AS place
  FROM github_secret_scanning
),
alert AS (
  SELECT
    repository || '#' || number AS subject,
    secret_type,
    state,
    resolution,
    evidence_id,
    created_at,
    known.period_end < last_answer.period_end AS is_gone,
    -- Who closes an alert as not to be fixed leaves the secret alive.
    state = 'open' OR coalesce(resolution, '') = 'wont_fix' AS is_alive,
    strftime('%Y-%m-%dT%H:%M:%SZ', created_at, '+3 days') AS due_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', CASE state WHEN 'open' THEN known.period_end ELSE resolved_at END) AS alive_until,
    resolved_at
  FROM known, last_answer
  -- What was closed before the period belongs to an earlier one.
  WHERE place = 1 AND (state = 'open' OR resolution = 'wont_fix' OR julianday(resolved_at) >= julianday(:period_start))
),
judged AS (
  SELECT *, alive_until > due_at OR (is_alive AND state <> 'open') AS is_exception
  FROM alert
)
SELECT
  subject,
  CASE WHEN NOT is_exception THEN 'pass' WHEN is_alive AND NOT is_gone THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT is_exception THEN ''
    WHEN state = 'open' THEN 'A secret of the kind ' || secret_type || ', found on ' || date(created_at) || ', was not revoked by ' || due_at
      || CASE WHEN is_gone THEN '; the alert is no longer listed.' ELSE '; the alert is open.' END
    WHEN is_alive THEN 'A secret of the kind ' || secret_type || ', found on ' || date(created_at) || ', was left alive: its alert was closed as '
      || resolution || CASE WHEN is_gone THEN '; it is no longer listed.' ELSE '.' END
    ELSE 'A secret of the kind ' || secret_type || ', found on ' || date(created_at) || ', was to be revoked by ' || due_at
      || ' and its alert was closed at ' || resolved_at || '.'
  END AS detail,
  evidence_id AS evidence_ids,
  secret_type,
  resolution,
  due_at
FROM judged
ORDER BY subject;
