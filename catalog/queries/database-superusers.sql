-- name: database-superusers
-- version: 1
-- answers: Which database roles with administrative rights are not in the register of administrators?
-- Each day is judged by its own register; without one nobody can be.
WITH listed AS (
  SELECT
    *,
    -- The server is the source, which is the second part of an evidence id.
    substr(evidence_id, length(control_id) + 2, instr(substr(evidence_id, length(control_id) + 2), '.') - 1) AS server
  FROM database_roles
  WHERE period_end IN (SELECT period_end FROM database_administrators)
),
last_answer AS (
  SELECT server, max(period_end) AS period_end FROM listed GROUP BY server
),
seen AS (
  SELECT
    listed.server || ': ' || listed.role AS subject,
    listed.evidence_id,
    date(listed.period_end, '-1 day') AS day,
    listed.period_end = last_answer.period_end AS is_last,
    CASE
      WHEN EXISTS (
        SELECT 1 FROM database_administrators AS entry
        WHERE entry.period_end = listed.period_end
          AND lower(entry.server) = lower(listed.server) AND entry.role = listed.role
          AND entry.approved_at < listed.period_end
          AND (entry.approved_until IS NULL OR entry.approved_until >= listed.period_end)
      ) THEN NULL
      WHEN EXISTS (
        SELECT 1 FROM database_administrators AS entry
        WHERE entry.period_end = listed.period_end
          AND lower(entry.server) = lower(listed.server) AND entry.role = listed.role
      ) THEN 'Held administrative rights outside the time that the register approves'
      ELSE 'Held administrative rights and is not in the register'
    END AS problem
  FROM listed
  JOIN last_answer ON last_answer.server = listed.server
  WHERE listed.is_admin AND listed.can_login
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
      || CASE WHEN stands THEN '; it stands.' ELSE '; taken away since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END
    || ' ' || (SELECT max(evidence_id) FROM database_administrators) AS evidence_ids
FROM judged
ORDER BY subject;
