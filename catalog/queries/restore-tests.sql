-- name: restore-tests
-- version: 2
-- answers: Which production clusters of the first tier were not restored successfully in the quarter?
WITH cluster AS (
  SELECT cluster, period_start, max(evidence_id) AS evidence_id
  FROM database_clusters
  WHERE environment = 'production' AND tier = 1 AND created_at < period_start
  GROUP BY cluster, period_start
),
test AS (
  SELECT
    cluster,
    period_start,
    sum(result = 'passed') AS passed,
    count(*) AS tests,
    max(tested_at) AS last_tested_at,
    max(evidence_id) AS evidence_id
  FROM restore_results
  WHERE tested_at >= period_start AND tested_at < period_end
  GROUP BY cluster, period_start
),
-- A longer window is judged quarter by quarter.
quarter AS (
  SELECT
    cluster.cluster,
    substr(cluster.period_start, 1, 4) || '-Q' || ((CAST(substr(cluster.period_start, 6, 2) AS INTEGER) + 2) / 3) AS name,
    cluster.period_start = (SELECT max(period_start) FROM database_clusters) AS is_last,
    coalesce(test.passed, 0) = 0 AS is_exception,
    CASE
      WHEN test.tests > 0 THEN 'Restoring was tried in the quarter and failed each time, last at ' || test.last_tested_at
      ELSE 'Restoring was not tested in the quarter'
    END AS problem,
    test.last_tested_at,
    cluster.evidence_id,
    coalesce(test.evidence_id, (SELECT max(evidence_id) FROM restore_results)) AS test_evidence
  FROM cluster
  LEFT JOIN test ON test.cluster = cluster.cluster AND test.period_start = cluster.period_start
  WHERE EXISTS (SELECT 1 FROM restore_results)
),
judged AS (
  SELECT
    cluster AS subject,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    substr(max(CASE WHEN is_exception THEN name || problem END), 8) AS problem,
    max(CASE WHEN is_exception THEN name END) AS last_seen,
    coalesce(max(CASE WHEN is_exception THEN evidence_id END), max(evidence_id)) AS evidence_id,
    coalesce(max(CASE WHEN is_exception THEN test_evidence END), max(test_evidence)) AS test_evidence,
    max(last_tested_at) AS last_tested_at
  FROM quarter
  GROUP BY cluster
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    WHEN stands THEN problem || '.'
    ELSE problem || ', ' || last_seen || '; it succeeded, or was no longer due, since.'
  END AS detail,
  evidence_id || ' ' || test_evidence AS evidence_ids,
  last_tested_at
FROM judged
ORDER BY subject;
