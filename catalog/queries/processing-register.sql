-- name: processing-register
-- version: 1
-- answers: Which clusters with personal data are not in the register of processing?
SELECT
  cluster AS subject,
  CASE WHEN max(coalesce(processing_record, '')) = '' THEN 'fail' ELSE 'pass' END AS outcome,
  CASE
    WHEN max(coalesce(processing_record, '')) = '' THEN 'Holds personal data and names no entry in the register of processing.'
    ELSE ''
  END AS detail,
  min(evidence_id) AS evidence_ids,
  max(owner) AS owner,
  max(processing_record) AS processing_record
FROM database_clusters
WHERE personal_data = 1
GROUP BY cluster
ORDER BY subject;
