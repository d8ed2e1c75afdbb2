-- name: model-evaluation
-- version: 1
-- answers: Which models in production were not evaluated by somebody else before their release?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM model_versions
),
in_production AS (
  SELECT
    listed.name,
    listed.version,
    listed.evidence_id,
    (SELECT json_extract(tag.value, '$.value') FROM json_each(listed.tags) AS tag
      WHERE json_extract(tag.value, '$.key') = 'evaluation_result') AS result,
    (SELECT json_extract(tag.value, '$.value') FROM json_each(listed.tags) AS tag
      WHERE json_extract(tag.value, '$.key') = 'evaluated_at') AS evaluated_at,
    (SELECT json_extract(tag.value, '$.value') FROM json_each(listed.tags) AS tag
      WHERE json_extract(tag.value, '$.key') = 'evaluated_by') AS evaluated_by,
    (SELECT json_extract(tag.value, '$.value') FROM json_each(listed.tags) AS tag
      WHERE json_extract(tag.value, '$.key') = 'released_at') AS released_at,
    (SELECT json_extract(tag.value, '$.value') FROM json_each(listed.tags) AS tag
      WHERE json_extract(tag.value, '$.key') = 'released_by') AS released_by
  FROM model_versions AS listed
  CROSS JOIN last_state
  WHERE listed.period_end = last_state.period_end
    AND (lower(coalesce(listed.stage, '')) = 'production'
      OR EXISTS (SELECT 1 FROM json_each(listed.aliases) AS alias WHERE lower(alias.value) IN ('production', 'champion')))
),
judged AS (
  SELECT
    *,
    CASE
      WHEN evaluated_at IS NULL OR result IS NULL THEN 'is in production and was never evaluated.'
      WHEN lower(result) <> 'passed' THEN 'is in production although its evaluation says ' || result || '.'
      WHEN released_at IS NULL THEN 'is in production, and nobody noted when it was released.'
      WHEN lower(coalesce(evaluated_by, '')) IN ('', lower(coalesce(released_by, '')))
        THEN 'was not evaluated by somebody other than who released it.'
    END AS problem,
    coalesce(unixepoch(evaluated_at) > unixepoch(released_at), 0) AS is_late
  FROM in_production
)
SELECT
  name || ' version ' || version AS subject,
  CASE WHEN problem IS NOT NULL THEN 'fail' WHEN is_late THEN 'partial' ELSE 'pass' END AS outcome,
  CASE
    WHEN problem IS NOT NULL THEN 'The version ' || problem
    WHEN is_late THEN 'Evaluated at ' || evaluated_at || ', after its release at ' || released_at || '.'
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  evaluated_by,
  released_at
FROM judged
ORDER BY name, version;
