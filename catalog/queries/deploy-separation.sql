-- name: deploy-separation
-- version: 1
-- answers: Who wrote code that was merged in the period and may deploy to production?
WITH last_export AS (
  SELECT max(period_end) AS period_end FROM production_access
),
author AS (
  SELECT lower(author) AS person, count(DISTINCT repository || '#' || number) AS merged_changes, max(evidence_id) AS evidence_id
  FROM pull_requests
  WHERE base_branch IN ('main', 'master')
  GROUP BY lower(author)
),
deployer AS (
  SELECT
    lower(user) AS person,
    max(production_access.period_end) = last_export.period_end AS stands,
    min(granted_at) AS granted_at,
    min(evidence_id) AS first_evidence,
    max(evidence_id) AS last_evidence
  FROM production_access, last_export
  WHERE environment = 'production' AND permission = 'deploy' AND kind = 'person'
  GROUP BY lower(user), last_export.period_end
)
SELECT
  deployer.person AS subject,
  CASE WHEN author.person IS NULL THEN 'pass' WHEN deployer.stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN author.person IS NULL THEN ''
    ELSE 'Wrote ' || CASE author.merged_changes WHEN 1 THEN '1 merged change' ELSE author.merged_changes || ' merged changes' END
      || ' and may deploy to production'
      || CASE WHEN deployer.stands THEN '; it stands.' ELSE '; the right was removed since.' END
  END AS detail,
  deployer.first_evidence
    || CASE WHEN deployer.last_evidence <> deployer.first_evidence THEN ' ' || deployer.last_evidence ELSE '' END
    || coalesce(' ' || author.evidence_id, '') AS evidence_ids,
  deployer.granted_at,
  coalesce(author.merged_changes, 0) AS merged_changes
FROM deployer
LEFT JOIN author ON author.person = deployer.person
ORDER BY subject;
