-- name: impact-assessments
-- version: 1
-- answers: Which processing of high risk has no approved impact assessment?
WITH subject AS (
  SELECT record_id AS name, max(period_end) AS period_end, max(evidence_id) AS evidence_id
  FROM processing_records
  WHERE high_risk = 1
  GROUP BY record_id
),
document AS (
  SELECT * FROM documents WHERE kind = 'impact-assessment'
),
judged AS (
  SELECT
    subject.*,
    (
      SELECT min(document.document) FROM document
      WHERE lower(document.about) = lower(subject.name)
        AND coalesce(document.approved_by, '') <> '' AND lower(document.approved_by) <> lower(document.submitted_by)
        AND (document.valid_until IS NULL OR document.valid_until >= subject.period_end)
    ) AS approved_file,
    (SELECT min(document.document) FROM document WHERE lower(document.about) = lower(subject.name)) AS any_file,
    (SELECT min(document.evidence_id) FROM document WHERE lower(document.about) = lower(subject.name)) AS document_evidence
  FROM subject
)
SELECT
  name AS subject,
  CASE WHEN approved_file IS NOT NULL THEN 'pass' WHEN any_file IS NOT NULL THEN 'partial' ELSE 'fail' END AS outcome,
  CASE
    WHEN approved_file IS NOT NULL THEN ''
    WHEN any_file IS NOT NULL
      THEN 'The impact assessment ' || any_file
        || ' is there, but not approved by somebody else, or not valid at the end of the period.'
    ELSE 'There is no impact assessment.'
  END AS detail,
  evidence_id || coalesce(' ' || document_evidence, '') AS evidence_ids,
  approved_file
FROM judged
ORDER BY name;
