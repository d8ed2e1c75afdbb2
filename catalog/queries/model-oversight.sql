-- name: model-oversight
-- version: 1
-- answers: Which models decided about people without enough people looking on?
WITH counted AS (
  SELECT
    model || ' in ' || substr(period_start, 1, 7) AS subject,
    decisions,
    coalesce(reviewed, 0) AS reviewed,
    coalesce(overridden, 0) AS overridden,
    coalesce(reviewers, 0) AS reviewers,
    -- Without a share of its own at least one of a hundred.
    coalesce(required_percent, 1) AS required_percent,
    evidence_id
  FROM model_oversight
)
SELECT
  subject,
  CASE
    WHEN decisions = 0 OR (reviewed * 100 >= decisions * required_percent AND reviewers > 0) THEN 'pass'
    WHEN reviewed > 0 AND reviewers > 0 THEN 'partial'
    ELSE 'fail'
  END AS outcome,
  CASE
    WHEN decisions = 0 OR (reviewed * 100 >= decisions * required_percent AND reviewers > 0) THEN ''
    WHEN reviewed > 0 AND reviewers > 0
      THEN 'A person looked at ' || reviewed || ' of ' || decisions || ' decisions; ' || required_percent
        || ' percent were agreed.'
    WHEN reviewed > 0 THEN reviewed || ' of ' || decisions || ' decisions were looked at, by nobody who is counted.'
    ELSE 'Nobody looked at any of ' || decisions || ' decisions.'
  END AS detail,
  evidence_id AS evidence_ids,
  decisions,
  reviewed,
  overridden
FROM counted
ORDER BY subject, evidence_id;
