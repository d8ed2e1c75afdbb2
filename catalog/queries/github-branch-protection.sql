-- name: github-branch-protection
-- version: 1
-- answers: Which default branches can be changed without an approved pull request, or overwritten?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM github_repositories
),
-- A repository without commits has no default branch yet.
branch AS (
  SELECT
    name || ': ' || default_branch AS subject,
    evidence_id,
    period_end,
    -- An older rule asks for an approval and binds administrators, or a ruleset asks for one.
    coalesce(json_extract(protection, '$.requiresApprovingReviews') = 1
      AND json_extract(protection, '$.requiredApprovingReviewCount') >= 1, 0) AS rule_asks,
    coalesce(json_extract(protection, '$.isAdminEnforced') = 1, 0) AS rule_binds_all,
    EXISTS (
      SELECT 1 FROM json_each(rules) AS rule
      WHERE json_extract(rule.value, '$.type') = 'PULL_REQUEST'
        AND json_extract(rule.value, '$.parameters.requiredApprovingReviewCount') >= 1
    ) AS ruleset_asks,
    coalesce(json_extract(protection, '$.allowsForcePushes') = 0, 0)
      OR EXISTS (SELECT 1 FROM json_each(rules) AS rule WHERE json_extract(rule.value, '$.type') = 'NON_FAST_FORWARD') AS holds_history
  FROM github_repositories
  WHERE is_archived = 0 AND is_fork = 0 AND default_branch IS NOT NULL
),
seen AS (
  SELECT
    subject,
    evidence_id,
    date(branch.period_end, '-1 day') AS day,
    branch.period_end = last_answer.period_end AS is_last,
    NOT (holds_history AND (ruleset_asks OR (rule_asks AND rule_binds_all))) AS is_exception,
    CASE
      WHEN ruleset_asks OR (rule_asks AND rule_binds_all) THEN 'can be overwritten by force'
      WHEN NOT rule_asks THEN 'takes changes without an approved pull request'
      ELSE 'takes changes of administrators without an approved pull request'
    END AS what
  FROM branch, last_answer
),
judged AS (
  SELECT
    subject,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    max(CASE WHEN is_exception THEN what END) AS what,
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
    ELSE 'The branch ' || what || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  first_seen,
  last_seen
FROM judged
ORDER BY subject;
