-- name: okta-sign-on-policy
-- version: 1
-- answers: Which rules let people sign in with one factor?
WITH last_answer AS (
  SELECT max(period_end) AS period_end FROM okta_access_policies
),
rule AS (
  SELECT
    policy.name || ': ' || json_extract(item.value, '$.name') AS subject,
    policy.evidence_id,
    policy.period_end,
    json_extract(item.value, '$.actions.appSignOn.verificationMethod.type') AS method,
    json_extract(item.value, '$.actions.appSignOn.verificationMethod.factorMode') AS factor_mode,
    coalesce(json_array_length(item.value, '$.actions.appSignOn.verificationMethod.chains'), 0) AS chains,
    -- A chain without a next step has one.
    (
      SELECT count(*) FROM json_each(item.value, '$.actions.appSignOn.verificationMethod.chains') AS chain
      WHERE coalesce(json_array_length(chain.value, '$.next'), 0) = 0
    ) AS short_chains
  FROM okta_access_policies AS policy, json_each(policy.rules) AS item
  WHERE policy.status = 'ACTIVE' AND json_extract(item.value, '$.status') = 'ACTIVE'
    AND json_extract(item.value, '$.actions.appSignOn.access') = 'ALLOW'
),
seen AS (
  SELECT
    subject,
    evidence_id,
    date(rule.period_end, '-1 day') AS day,
    rule.period_end = last_answer.period_end AS is_last,
    NOT CASE method
      WHEN 'AUTH_METHOD_CHAIN' THEN chains > 0 AND short_chains = 0
      ELSE coalesce(factor_mode = '2FA', 0)
    END AS is_exception
  FROM rule, last_answer
),
judged AS (
  SELECT
    subject,
    max(is_exception) AS was_exception,
    max(is_exception AND is_last) AS stands,
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
    ELSE 'The rule lets people in with one factor, seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
