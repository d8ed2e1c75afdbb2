-- name: aws-function-runtimes
-- version: 1
-- answers: Which Lambda functions run on a runtime that AWS no longer supports?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM aws_functions
),
-- The last days of support that AWS has announced in its Lambda Developer Guide. A runtime that is not listed counts as
-- supported: one whose day AWS moves or sets is changed here, and the version raised.
deprecated (runtime, since) AS (
  VALUES
    ('dotnet6', '2024-12-20'), ('dotnet8', '2026-11-10'), ('dotnetcore2.1', '2022-01-05'),
    ('dotnetcore3.1', '2023-04-03'), ('go1.x', '2024-01-08'), ('java8', '2024-01-08'), ('nodejs', '2016-10-31'),
    ('nodejs10.x', '2021-07-30'), ('nodejs12.x', '2023-03-31'), ('nodejs14.x', '2023-12-04'),
    ('nodejs16.x', '2024-06-12'), ('nodejs18.x', '2025-09-01'), ('nodejs20.x', '2026-04-30'),
    ('nodejs4.3', '2020-03-05'), ('nodejs6.10', '2019-08-12'), ('nodejs8.10', '2020-03-06'),
    ('provided', '2024-01-08'), ('python2.7', '2021-07-15'), ('python3.6', '2022-07-18'), ('python3.7', '2023-12-04'),
    ('python3.8', '2024-10-14'), ('python3.9', '2025-12-15'), ('ruby2.5', '2021-07-30'), ('ruby2.7', '2023-12-07'),
    ('ruby3.2', '2026-03-31')
),
seen AS (
  SELECT
    state.account || '/' || state.region || '/' || state.identifier AS subject,
    state.evidence_id,
    date(state.period_end, '-1 day') AS day,
    state.period_end = last_state.period_end AS is_last,
    json_extract(state.properties, '$.Runtime') AS runtime,
    CASE
      WHEN deprecated.runtime IS NOT NULL
        THEN 'Runs on ' || deprecated.runtime || ', whose support ended on ' || deprecated.since
    END AS problem
  FROM aws_functions AS state
  CROSS JOIN last_state
  -- A function in a container image brings its own runtime and names none.
  LEFT JOIN deprecated ON deprecated.runtime = json_extract(state.properties, '$.Runtime')
    AND deprecated.since < date(state.period_end)
  WHERE json_extract(state.properties, '$.Runtime') IS NOT NULL
),
judged AS (
  SELECT
    subject,
    max(runtime) AS runtime,
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
      || CASE WHEN stands THEN '; it stands.' ELSE '; moved or removed since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  runtime
FROM judged
ORDER BY subject;
