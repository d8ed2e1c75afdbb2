-- name: database-login-settings
-- version: 1
-- answers: Which database servers keep passwords badly, accept connections in clear, or leave idle sessions open?
WITH listed AS (
  SELECT
    *,
    -- The server is the source, which is the second part of an evidence id.
    substr(evidence_id, length(control_id) + 2, instr(substr(evidence_id, length(control_id) + 2), '.') - 1) AS server
  FROM database_settings
),
last_answer AS (
  SELECT server, max(period_end) AS period_end FROM listed GROUP BY server
),
seen AS (
  SELECT
    listed.server || ': ' || listed.setting AS subject,
    listed.evidence_id,
    date(listed.period_end, '-1 day') AS day,
    listed.period_end = last_answer.period_end AS is_last,
    CASE
      WHEN listed.setting = 'password-hash'
        AND lower(coalesce(listed.value, '')) NOT IN ('scram-sha-256', 'caching_sha2_password', 'sha256_password', 'bcrypt_password')
        THEN 'New passwords are kept as ' || coalesce(listed.value, 'nobody knows what')
      WHEN listed.setting = 'encrypted-connections' AND lower(coalesce(listed.value, '')) NOT IN ('on', '1', 'true')
        THEN 'Connections are not encrypted'
      WHEN listed.setting = 'idle-timeout-seconds' AND coalesce(CAST(listed.value AS INTEGER), 0) = 0
        THEN 'Idle sessions never end'
      WHEN listed.setting = 'idle-timeout-seconds' AND CAST(listed.value AS INTEGER) > 900
        THEN 'Idle sessions end only after ' || CAST(listed.value AS INTEGER) || ' seconds'
    END AS problem,
    CASE listed.setting WHEN 'idle-timeout-seconds' THEN 'medium' ELSE 'high' END AS grade
  FROM listed
  JOIN last_answer ON last_answer.server = listed.server
),
judged AS (
  SELECT
    subject,
    min(grade) AS grade,
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
      || CASE WHEN stands THEN '; it stands.' ELSE '; corrected since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  grade AS severity
FROM judged
ORDER BY subject;
