-- name: audit-health-access
-- version: 1
-- answers: Who reached health information without saying what for?
WITH used AS (
  SELECT
    principal || ' at ' || resource AS subject,
    sum(accesses) AS accesses,
    sum(subjects) AS subjects,
    sum(explained_after) AS explained_after,
    sum(unexplained) AS unexplained,
    min(CASE WHEN explained_after + unexplained > 0 THEN first_at END) AS first_at,
    max(CASE WHEN explained_after + unexplained > 0 THEN last_at END) AS last_at,
    coalesce(min(CASE WHEN explained_after + unexplained > 0 THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN explained_after + unexplained > 0 THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM audit_health_access
  GROUP BY principal, resource
)
SELECT
  subject,
  CASE WHEN unexplained > 0 THEN 'fail' WHEN explained_after > 0 THEN 'partial' ELSE 'pass' END AS outcome,
  CASE
    WHEN unexplained + explained_after = 0 THEN ''
    ELSE 'Of ' || accesses || ' accesses to health information, '
      || CASE WHEN unexplained > 0 THEN unexplained || ' without a purpose' ELSE '' END
      || CASE WHEN unexplained > 0 AND explained_after > 0 THEN ' and ' ELSE '' END
      || CASE WHEN explained_after > 0 THEN explained_after || ' with a purpose given only afterwards' ELSE '' END
      || ', between ' || first_at || ' and ' || last_at || '.'
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  accesses,
  subjects
FROM used
ORDER BY subject;
