-- name: subject-requests
-- version: 1
-- answers: Which requests of persons about their data were not answered in time?
WITH request AS (
  SELECT
    *,
    -- A month ends on the same day of the next one, or on its last day where there is no such day.
    min(date(received_at, '+1 month'), date(received_at, 'start of month', '+2 months', '-1 day')) AS first_due_on,
    min(date(received_at, '+3 months'), date(received_at, 'start of month', '+4 months', '-1 day')) AS extended_due_on
  FROM subject_requests
  WHERE period_end = (SELECT max(period_end) FROM subject_requests)
    -- What was answered before the period belongs to an earlier one.
    AND received_at < min(:period_end, period_end) AND (answered_at IS NULL OR answered_at >= :period_start)
),
-- More time counts only where the person was told of it within the first month.
timed AS (
  SELECT
    *,
    CASE WHEN coalesce(date(extended_at) <= first_due_on, 0) THEN extended_due_on ELSE first_due_on END AS due_on,
    min(date(:period_end, '-1 day'), date(period_end, '-1 day')) AS last_day
  FROM request
)
SELECT
  key || ' (' || kind || ')' AS subject,
  CASE
    WHEN coalesce(date(answered_at), last_day) <= due_on THEN 'pass'
    WHEN answered_at IS NOT NULL THEN 'partial'
    ELSE 'fail'
  END AS outcome,
  CASE
    WHEN coalesce(date(answered_at), last_day) <= due_on THEN ''
    ELSE 'Received on ' || date(received_at) || ', due on ' || due_on
      || CASE WHEN answered_at IS NOT NULL THEN ', answered only on ' || date(answered_at) || '.'
        ELSE ', not answered by ' || last_day || '.' END
  END AS detail,
  evidence_id AS evidence_ids,
  kind,
  due_on
FROM timed
ORDER BY received_at, key;
