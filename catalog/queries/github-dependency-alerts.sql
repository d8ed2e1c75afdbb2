-- name: github-dependency-alerts
-- version: 1
-- answers: Which critical and high alerts about packages were open after their due date?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM github_dependabot
),
-- The newest answer that knows an alert tells its whole history.
known AS (
  SELECT *, row_number() OVER (PARTITION BY repository, number ORDER BY period_end DESC, row_number) AS place
  FROM github_dependabot
  WHERE severity IN ('critical', 'high')
),
alert AS (
  SELECT
    repository || '#' || number AS subject,
    package,
    advisory,
    severity,
    evidence_id,
    created_at,
    known.period_end < last_answer.period_end AS is_gone,
    strftime('%Y-%m-%dT%H:%M:%SZ', created_at, CASE severity WHEN 'critical' THEN '+14 days' ELSE '+30 days' END) AS due_at,
    dismissed_reason,
    known.period_end,
    -- To have no time, or to have begun, closes no weakness.
    CASE
      WHEN state = 'open' OR coalesce(dismissed_reason, '') IN ('no_bandwidth', 'fix_started') THEN NULL
      ELSE coalesce(fixed_at, dismissed_at, auto_dismissed_at)
    END AS closed_at
  FROM known, last_answer
  WHERE place = 1
),
judged AS (
  SELECT *, strftime('%Y-%m-%dT%H:%M:%SZ', coalesce(closed_at, period_end)) > due_at AS is_exception
  FROM alert
  -- What was closed before the period belongs to an earlier one.
  WHERE closed_at IS NULL OR julianday(closed_at) >= julianday(:period_start)
)
SELECT
  subject,
  CASE WHEN NOT is_exception THEN 'pass' WHEN closed_at IS NULL AND NOT is_gone THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT is_exception THEN ''
    ELSE 'The package ' || package || ' has the ' || severity || ' weakness ' || advisory || ', due at ' || due_at
      || CASE
        WHEN closed_at IS NOT NULL THEN ' and closed at ' || closed_at || '.'
        WHEN is_gone THEN '; no longer listed.'
        WHEN dismissed_reason IS NOT NULL THEN '; dismissed as ' || dismissed_reason || ', which closes nothing.'
        ELSE '; it is open.'
      END
  END AS detail,
  evidence_id AS evidence_ids,
  severity,
  package,
  due_at
FROM judged
ORDER BY subject;
