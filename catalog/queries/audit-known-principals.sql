-- name: audit-known-principals
-- version: 1
-- answers: To whom was access given who was not employed at the time?
WITH employed AS (
  SELECT lower(email) AS email, min(date(start_date)) AS start_date, max(coalesce(date(end_date), '9999-12-31')) AS end_date
  FROM people
  WHERE email IS NOT NULL AND period_end = (SELECT max(period_end) FROM people)
  GROUP BY lower(email)
),
-- Services are not employed; they are judged by what they hold, not by whether they are known here.
used AS (
  SELECT
    lower(principal) AS principal,
    sum(allowed) AS allowed,
    sum(denied) AS denied,
    count(DISTINCT resource) AS resources,
    min(first_at) AS first_at,
    max(last_at) AS last_at,
    max(CASE WHEN allowed > 0 THEN last_at END) AS last_allowed_at,
    min(evidence_id) AS first_evidence,
    max(evidence_id) AS last_evidence
  FROM audit_decisions
  WHERE principal_kind = 'person'
  GROUP BY lower(principal)
),
judged AS (
  SELECT
    used.*,
    employed.email IS NOT NULL AS is_known,
    employed.end_date,
    coalesce(date(used.first_at) >= employed.start_date AND date(used.last_at) <= employed.end_date, 0) AS is_employed,
    coalesce(date(used.first_at) >= employed.start_date AND date(used.last_allowed_at) <= employed.end_date, 0)
      AS was_employed_when_allowed
  FROM used
  LEFT JOIN employed ON employed.email = used.principal
)
SELECT
  principal AS subject,
  CASE
    WHEN is_employed THEN 'pass'
    WHEN allowed > 0 AND NOT was_employed_when_allowed THEN 'fail'
    ELSE 'partial'
  END AS outcome,
  CASE
    WHEN is_employed THEN ''
    ELSE CASE
        WHEN NOT is_known THEN 'Not in the list of people'
        WHEN end_date <> '9999-12-31' THEN 'Employed until ' || end_date
        ELSE 'Not employed yet at ' || first_at
      END
      || '; access was ' || CASE
        WHEN allowed = 0 OR was_employed_when_allowed THEN 'tried and denied since, last at ' || last_at
        ELSE 'allowed ' || allowed || CASE allowed WHEN 1 THEN ' time to ' ELSE ' times to ' END || resources
          || CASE resources WHEN 1 THEN ' resource' ELSE ' resources' END || ', last at ' || last_allowed_at
      END || '.'
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END
    || ' ' || (SELECT max(evidence_id) FROM people) AS evidence_ids,
  allowed,
  denied,
  resources
FROM judged
WHERE EXISTS (SELECT 1 FROM people)
ORDER BY subject;
