-- name: pagerduty-on-call-coverage
-- version: 1
-- answers: On which schedules was nobody on call for part of a week?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM pagerduty_schedules
),
seen AS (
  SELECT
    schedule.name || ' (' || schedule.id || ')' AS subject,
    schedule.evidence_id,
    date(schedule.period_end, '-1 day') AS day,
    schedule.period_end = last_answer.period_end AS is_last,
    coalesce(schedule.coverage, 0) < 100 AS is_exception,
    schedule.coverage
  FROM pagerduty_schedules AS schedule, last_answer
),
judged AS (
  SELECT
    subject,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    min(CASE WHEN is_exception THEN day END) AS first_seen,
    max(CASE WHEN is_exception THEN day END) AS last_seen,
    coalesce(min(CASE WHEN is_exception THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN is_exception THEN evidence_id END), max(evidence_id)) AS last_evidence,
    min(CASE WHEN is_exception THEN coverage END) AS lowest
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE CASE WHEN lowest IS NULL THEN 'Nothing is told of who was on call'
        -- Never rounded up to the whole.
        ELSE 'Somebody was on call for only ' || format('%.12g', CAST(lowest * 10 AS INTEGER) / 10.0) || ' % of the time' END
      || ' in the '
      || CASE first_seen WHEN last_seen THEN 'week that ended on ' || first_seen
        ELSE 'weeks that ended on ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  lowest AS lowest_percentage
FROM judged
ORDER BY subject;
