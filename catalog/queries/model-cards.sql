-- name: model-cards
-- version: 1
-- answers: Which models in production have no approved model card?
WITH subject AS (
  SELECT listed.name, max(listed.period_end) AS period_end, max(listed.evidence_id) AS evidence_id
  FROM registered_models AS listed
  WHERE EXISTS (
      SELECT 1 FROM json_each(listed.aliases) AS alias
      WHERE lower(json_extract(alias.value, '$.alias')) IN ('production', 'champion')
    )
  GROUP BY listed.name
),
document AS (
  SELECT * FROM documents WHERE kind = 'model-card'
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
      THEN 'The model card ' || any_file
        || ' is there, but not approved by somebody else, or not valid at the end of the period.'
    ELSE 'There is no model card.'
  END AS detail,
  evidence_id || coalesce(' ' || document_evidence, '') AS evidence_ids,
  approved_file
FROM judged
ORDER BY name;
