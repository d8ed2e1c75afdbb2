-- name: model-inventory
-- version: 1
-- answers: Which models of the registry do not say who owns them, what they are for, and how grave their risk is?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM registered_models
),
model AS (
  SELECT
    listed.*,
    (SELECT json_extract(tag.value, '$.value') FROM json_each(listed.tags) AS tag
      WHERE json_extract(tag.value, '$.key') = 'owner') AS owner,
    (SELECT json_extract(tag.value, '$.value') FROM json_each(listed.tags) AS tag
      WHERE json_extract(tag.value, '$.key') = 'purpose') AS purpose,
    (SELECT json_extract(tag.value, '$.value') FROM json_each(listed.tags) AS tag
      WHERE json_extract(tag.value, '$.key') = 'risk') AS risk,
    (SELECT json_extract(tag.value, '$.value') FROM json_each(listed.tags) AS tag
      WHERE json_extract(tag.value, '$.key') = 'data') AS data
  FROM registered_models AS listed
),
seen AS (
  SELECT
    model.name AS subject,
    model.owner,
    model.evidence_id,
    date(model.period_end, '-1 day') AS day,
    model.period_end = last_state.period_end AS is_last,
    nullif(
      CASE WHEN coalesce(trim(model.owner), '') = '' THEN ', an owner' ELSE '' END
        || CASE WHEN coalesce(trim(model.purpose), trim(model.description), '') = '' THEN ', a purpose' ELSE '' END
        || CASE WHEN lower(coalesce(model.risk, '')) NOT IN ('minimal', 'limited', 'high')
          THEN ', a class of risk' ELSE '' END
        || CASE WHEN coalesce(trim(model.data), '') = '' THEN ', the data it was made from' ELSE '' END,
      ''
    ) AS problem
  FROM model
  CROSS JOIN last_state
),
judged AS (
  SELECT
    subject,
    max(owner) AS owner,
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
    ELSE 'The registry does not name ' || substr(problem, 3) || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; completed since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  owner
FROM judged
ORDER BY subject;
