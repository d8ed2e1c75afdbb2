-- name: erasure-carried-out
-- version: 1
-- answers: Which personal data is kept longer than its time limit?
WITH last_run AS (
  SELECT max(period_end) AS period_end FROM erasure_runs
),
judged AS (
  SELECT
    run.*,
    coalesce(julianday(date(run.period_end, '-1 day')) - julianday(date(run.oldest_record_at)) - run.limit_days, 0) AS days_over,
    -- Records that a legal hold keeps are not due.
    coalesce(run.due_records, 0) - coalesce(run.erased_records, 0) - coalesce(run.held_records, 0) AS records_left
  FROM erasure_runs AS run
  CROSS JOIN last_run
  WHERE run.period_end = last_run.period_end
)
SELECT
  dataset AS subject,
  CASE
    WHEN ran_at IS NULL THEN 'fail'
    WHEN records_left <= 0 OR days_over <= 0 THEN 'pass'
    WHEN days_over <= 31 THEN 'partial'
    ELSE 'fail'
  END AS outcome,
  CASE
    WHEN ran_at IS NULL THEN 'Erasure never ran.'
    WHEN records_left <= 0 OR days_over <= 0 THEN ''
    ELSE records_left || CASE records_left WHEN 1
      THEN ' record is' ELSE ' records are' END || ' past the limit of ' || limit_days
      || ' days, the oldest by ' || CAST(days_over AS INTEGER) || ' days; erasure ran last at ' || ran_at || '.'
  END AS detail,
  evidence_id AS evidence_ids,
  records_left,
  held_records
FROM judged
ORDER BY dataset;
