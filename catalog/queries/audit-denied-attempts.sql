-- name: audit-denied-attempts
-- version: 1
-- answers: Whose many denied attempts were not looked into?
WITH register AS (
  SELECT * FROM access_investigations
  WHERE kind = 'denials' AND period_end = (SELECT max(period_end) FROM access_investigations)
),
judged AS (
  SELECT
    denials.*,
    denials.denied >= 20 AS is_many,
    (
      SELECT min(register.investigation_id) FROM register
      WHERE lower(register.about) = lower(denials.principal) AND lower(register.reviewer) <> lower(denials.principal)
        AND register.opened_at >= denials.first_at AND register.closed_at IS NOT NULL
    ) AS closed_investigation,
    (
      SELECT min(register.investigation_id) FROM register
      WHERE lower(register.about) = lower(denials.principal) AND lower(register.reviewer) <> lower(denials.principal)
        AND register.opened_at >= denials.first_at
    ) AS investigation,
    -- Three days are given to look into what happened.
    unixepoch((SELECT max(period_end) FROM access_investigations)) - unixepoch(denials.last_at) < 3 * 86400 AS is_fresh
  FROM audit_denials AS denials
)
SELECT
  principal || ' in ' || substr(period_start, 1, 7) AS subject,
  CASE
    WHEN NOT is_many OR closed_investigation IS NOT NULL THEN 'pass'
    WHEN investigation IS NOT NULL OR is_fresh THEN 'partial'
    ELSE 'fail'
  END AS outcome,
  CASE
    WHEN NOT is_many OR closed_investigation IS NOT NULL THEN ''
    ELSE 'Denied ' || denied || ' times at ' || resources || CASE resources WHEN 1 THEN ' resource' ELSE ' resources' END
      || ', from ' || first_at || ' to ' || last_at || '; '
      || CASE
        WHEN investigation IS NOT NULL THEN 'looked into as ' || investigation || ', which is not concluded.'
        WHEN is_fresh THEN 'not looked into yet.'
        ELSE 'nobody looked into it.'
      END
  END AS detail,
  evidence_id || ' ' || (SELECT max(evidence_id) FROM access_investigations) AS evidence_ids,
  denied,
  resources,
  coalesce(closed_investigation, investigation) AS investigation
FROM judged
WHERE EXISTS (SELECT 1 FROM access_investigations)
ORDER BY subject, evidence_id;
