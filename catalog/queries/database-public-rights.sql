-- name: database-public-rights
-- version: 1
-- answers: In which schemas may everybody do something?
WITH listed AS (
  SELECT
    *,
    -- The server is the source, which is the second part of an evidence id.
    substr(evidence_id, length(control_id) + 2, instr(substr(evidence_id, length(control_id) + 2), '.') - 1) AS server
  FROM database_public_rights
),
last_answer AS (
  SELECT server, max(period_end) AS period_end FROM listed GROUP BY server
),
seen AS (
  SELECT
    listed.server || ': ' || listed.schema_name AS subject,
    listed.evidence_id,
    date(listed.period_end, '-1 day') AS day,
    listed.period_end = last_answer.period_end AS is_last,
    CASE
      WHEN listed.rights > 0 THEN 'Everybody holds ' || listed.rights
        || CASE listed.rights WHEN 1 THEN ' right' ELSE ' rights' END
        || coalesce(' (' || listed.privileges || ')', '') || coalesce(', for example on ' || listed.example, '')
    END AS problem
  FROM listed
  JOIN last_answer ON last_answer.server = listed.server
),
judged AS (
  SELECT
    subject,
    max(problem IS NOT NULL) AS was_exception,
    max(problem IS NOT NULL AND is_last) AS stands,
    -- What was wrong when it was seen last.
    substr(max(CASE WHEN problem IS NOT NULL THEN day || problem END), 11) AS problem,
    min(CASE WHEN problem IS NOT NULL THEN day END) AS first_seen,
    max(CASE WHEN problem IS NOT NULL THEN day END) AS last_seen,
    coalesce(min(CASE WHEN problem IS NOT NULL THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN problem IS NOT NULL THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE problem || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; revoked since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
