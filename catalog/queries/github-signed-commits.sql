-- name: github-signed-commits
-- version: 1
-- answers: Which default branches take commits without a verified signature?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM github_repositories
),
seen AS (
  SELECT
    name || ': ' || default_branch AS subject,
    evidence_id,
    date(repository.period_end, '-1 day') AS day,
    repository.period_end = last_answer.period_end AS is_last,
    NOT (
      coalesce(json_extract(protection, '$.requiresCommitSignatures') = 1, 0)
      OR EXISTS (SELECT 1 FROM json_each(rules) AS rule WHERE json_extract(rule.value, '$.type') = 'REQUIRED_SIGNATURES')
    ) AS is_exception
  FROM github_repositories AS repository, last_answer
  WHERE is_archived = 0 AND is_fork = 0 AND default_branch IS NOT NULL
),
judged AS (
  SELECT
    subject,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    min(CASE WHEN is_exception THEN day END) AS first_seen,
    max(CASE WHEN is_exception THEN day END) AS last_seen,
    coalesce(min(CASE WHEN is_exception THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN is_exception THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'The branch takes commits without a signature, seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
