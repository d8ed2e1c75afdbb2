-- name: database-passwords
-- version: 2
-- answers: Which database roles can sign in without a password, with one that is kept badly, or with one that never ends?
WITH listed AS (
  SELECT
    *,
    -- The server is the source, which is the second part of an evidence id.
    substr(evidence_id, length(control_id) + 2, instr(substr(evidence_id, length(control_id) + 2), '.') - 1) AS server
  FROM database_roles
),
last_answer AS (
  SELECT server, max(period_end) AS period_end FROM listed GROUP BY server
),
seen AS (
  SELECT
    listed.server || ': ' || listed.role AS subject,
    listed.evidence_id,
    date(listed.period_end, '-1 day') AS day,
    listed.period_end = last_answer.period_end AS is_last,
    CASE
      WHEN listed.password_kind = 'no_password' THEN 'Can sign in without a password'
      WHEN listed.password_kind = 'plaintext_password' THEN 'Its password is kept in clear'
      WHEN listed.password_kind IN ('mysql_native_password', 'mysql_old_password', 'double_sha1_password')
        THEN 'Its password is kept as SHA-1 without salt'
      WHEN listed.valid_until IS NULL THEN 'Its password never ends'
      WHEN julianday(listed.valid_until) - julianday(listed.period_end) > 366
        THEN 'Its password is good for more than a year'
    END AS problem,
    CASE WHEN listed.password_kind IN ('no_password', 'plaintext_password') THEN 1 ELSE 0 END AS is_open
  FROM listed
  JOIN last_answer ON last_answer.server = listed.server
  WHERE listed.can_login
    -- Who signs in by something else than a password is not examined; where the kind is hidden, a password is assumed.
    AND coalesce(listed.password_kind, '') NOT IN ('ssl_certificate', 'ldap', 'kerberos', 'jwt', 'ssh_key', 'http',
      'auth_socket', 'unix_socket', 'pam', 'gssapi', 'named_pipe', 'AWSAuthenticationPlugin', 'authentication_ldap_sasl', 'authentication_kerberos')
),
judged AS (
  SELECT
    subject,
    max(is_open) AS was_open,
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
  CASE WHEN was_open THEN 'critical' ELSE 'medium' END AS severity
FROM judged
ORDER BY subject;
