-- name: restore-tests
-- version: 1
-- answers: Which production clusters of the first tier were not restored successfully in the quarter?
WITH cluster AS (
  SELECT cluster, max(evidence_id) AS evidence_id
  FROM database_clusters
  WHERE environment = 'production' AND tier = 1 AND created_at < period_start
  GROUP BY cluster
),
test AS (
  SELECT
    cluster,
    sum(result = 'passed') AS passed,
    count(*) AS tests,
    max(tested_at) AS last_tested_at,
    max(evidence_id) AS evidence_id
  FROM restore_results
  WHERE tested_at >= period_start AND tested_at < period_end
  GROUP BY cluster
)
SELECT
  cluster.cluster AS subject,
  CASE WHEN test.passed > 0 THEN 'pass' ELSE 'fail' END AS outcome,
  CASE
    WHEN test.passed > 0 THEN ''
    WHEN test.tests > 0 THEN 'Restoring was tried in the quarter and failed each time, last at ' || test.last_tested_at || '.'
    ELSE 'Restoring was not tested in the quarter.'
  END AS detail,
  cluster.evidence_id || coalesce(' ' || coalesce(test.evidence_id, (SELECT max(evidence_id) FROM restore_results)), '') AS evidence_ids,
  test.last_tested_at
FROM cluster
LEFT JOIN test ON test.cluster = cluster.cluster
WHERE EXISTS (SELECT 1 FROM restore_results)
ORDER BY subject;
