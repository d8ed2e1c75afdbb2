-- name: backup-success
-- version: 1
-- answers: Between which completed backups of a production cluster did more than 36 hours pass?
WITH month AS (
  SELECT DISTINCT period_start, period_end FROM backup_jobs
),
cluster AS (
  SELECT cluster, min(created_at) AS created_at, max(period_end) AS seen_until, max(evidence_id) AS evidence_id
  FROM database_clusters
  WHERE environment = 'production'
  GROUP BY cluster
),
-- The instants between which time is measured: start, completed backups, end. A job may stand in two exports.
instant AS (
  SELECT cluster, max(created_at, :period_start) AS at FROM cluster
  UNION
  SELECT cluster, finished_at FROM backup_jobs WHERE status = 'completed' AND cluster IN (SELECT cluster FROM cluster)
  UNION
  SELECT cluster, seen_until FROM cluster
),
pause AS (
  SELECT cluster, at AS ended_at, lag(at) OVER (PARTITION BY cluster ORDER BY at) AS began_at
  FROM instant
),
-- A pause is an exception where the backup that was due after 36 hours falls into a month whose jobs were collected.
long_pause AS (
  SELECT pause.cluster, pause.began_at, pause.ended_at, cluster.seen_until = pause.ended_at AS is_open
  FROM pause
  JOIN cluster ON cluster.cluster = pause.cluster
  WHERE julianday(pause.ended_at) - julianday(pause.began_at) > 1.5
    AND EXISTS (
      SELECT 1 FROM month
      WHERE julianday(pause.began_at) + 1.5 >= julianday(month.period_start)
        AND julianday(pause.began_at) + 1.5 < julianday(month.period_end)
    )
),
judged AS (
  SELECT
    cluster.cluster AS subject,
    cluster.evidence_id,
    count(long_pause.cluster) AS pauses,
    max(coalesce(long_pause.is_open, 0)) AS stands,
    min(long_pause.began_at) AS began_at,
    round(max(julianday(long_pause.ended_at) - julianday(long_pause.began_at)) * 24) AS longest_hours
  FROM cluster
  LEFT JOIN long_pause ON long_pause.cluster = cluster.cluster
  GROUP BY cluster.cluster, cluster.evidence_id
)
SELECT
  subject,
  CASE WHEN pauses = 0 THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN pauses = 0 THEN ''
    ELSE 'Went up to ' || CAST(longest_hours AS INTEGER) || ' hours without a completed backup, first from ' || began_at
      || CASE WHEN stands THEN '; no backup has completed since.' ELSE '; backups completed again since.' END
  END AS detail,
  evidence_id || coalesce(' ' || (
    SELECT min(evidence_id) || CASE WHEN max(evidence_id) <> min(evidence_id) THEN ' ' || max(evidence_id) ELSE '' END
    FROM backup_jobs
  ), '') AS evidence_ids,
  pauses
FROM judged
ORDER BY subject;
