-- name: github-mfa
-- version: 1
-- answers: Which members of the GitHub organisation have no second factor?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM github_members
),
seen AS (
  SELECT
    lower(member.login) AS subject,
    member.role,
    member.evidence_id,
    date(member.period_end, '-1 day') AS day,
    member.period_end = last_answer.period_end AS is_last,
    coalesce(member.two_factor, 0) = 0 AS is_exception,
    -- To a token that is not an owner's, GitHub does not say.
    member.two_factor IS NULL AS is_untold
  FROM github_members AS member, last_answer
),
judged AS (
  SELECT
    subject,
    max(role = 'ADMIN') AS was_owner,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
    min(is_untold OR NOT is_exception) AS only_untold,
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
    ELSE CASE WHEN was_owner THEN 'An owner of the organisation' ELSE 'A member of the organisation' END
      || CASE WHEN only_untold THEN ' of whom GitHub does not say whether there is a second factor, seen '
        ELSE ' without a second factor, seen ' END
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  first_seen,
  last_seen
FROM judged
ORDER BY subject;
