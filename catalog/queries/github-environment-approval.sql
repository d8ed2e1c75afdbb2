-- name: github-environment-approval
-- version: 1
-- answers: To which production environments can somebody deploy without another person?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM github_environments
),
environment AS (
  SELECT
    repository.name || ': ' || json_extract(item.value, '$.name') AS subject,
    repository.evidence_id,
    repository.period_end,
    EXISTS (
      SELECT 1 FROM json_each(item.value, '$.protection_rules') AS rule
      WHERE json_extract(rule.value, '$.type') = 'required_reviewers'
        AND json_array_length(rule.value, '$.reviewers') > 0
    ) AS has_reviewers,
    EXISTS (
      SELECT 1 FROM json_each(item.value, '$.protection_rules') AS rule
      WHERE json_extract(rule.value, '$.type') = 'required_reviewers'
        AND json_array_length(rule.value, '$.reviewers') > 0 AND json_extract(rule.value, '$.prevent_self_review') = 1
    ) AS needs_another
  FROM github_environments AS repository, json_each(repository.environments) AS item
  WHERE repository.archived = 0 AND lower(json_extract(item.value, '$.name')) IN ('production', 'prod', 'live')
),
seen AS (
  SELECT
    subject,
    evidence_id,
    date(environment.period_end, '-1 day') AS day,
    environment.period_end = last_answer.period_end AS is_last,
    NOT needs_another AS is_exception,
    has_reviewers
  FROM environment, last_answer
),
judged AS (
  SELECT
    subject,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    min(CASE WHEN is_exception THEN has_reviewers END) AS had_reviewers,
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
    ELSE CASE WHEN had_reviewers THEN 'Deployments can be approved by whoever started them, seen '
        ELSE 'Deployments need no approval, seen ' END
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
