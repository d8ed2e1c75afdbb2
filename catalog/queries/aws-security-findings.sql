-- name: aws-security-findings
-- version: 1
-- answers: Which grave findings of Security Hub are open past their due date?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM aws_security_findings
),
seen AS (
  SELECT
    -- A finding id is an ARN, and unique in itself.
    state.id || ' on ' || state.resource AS subject,
    state.title,
    CASE upper(state.severity) WHEN 'CRITICAL' THEN 'critical' ELSE 'high' END AS grade,
    state.evidence_id,
    date(state.period_end, '-1 day') AS day,
    state.period_end = last_state.period_end AS is_last,
    date(state.first_observed_at, CASE upper(state.severity) WHEN 'CRITICAL' THEN '+14 days' ELSE '+30 days' END) AS due_on,
    CASE
      -- Without a date of its own a finding is due at once.
      WHEN upper(state.record_state) = 'ACTIVE' AND upper(state.workflow) IN ('NEW', 'NOTIFIED')
        AND upper(coalesce(state.compliance, '')) NOT IN ('PASSED', 'NOT_AVAILABLE')
        AND date(state.period_end, '-1 day')
          > coalesce(date(state.first_observed_at, CASE upper(state.severity) WHEN 'CRITICAL'
            THEN '+14 days' ELSE '+30 days' END), '')
        THEN upper(substr(state.severity, 1, 1)) || lower(substr(state.severity, 2)) || ' finding of ' || state.product
          || coalesce(
            ', due on ' || date(state.first_observed_at, CASE upper(state.severity) WHEN 'CRITICAL'
              THEN '+14 days' ELSE '+30 days' END),
            ', due at once because it has no date') || ', open'
    END AS problem
  FROM aws_security_findings AS state
  CROSS JOIN last_state
  WHERE upper(state.severity) IN ('CRITICAL', 'HIGH')
),
judged AS (
  SELECT
    subject,
    max(title) AS title,
    min(grade) AS grade,
    min(due_on) AS due_on,
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
      || CASE WHEN stands THEN '; it stands.' ELSE '; closed, suppressed or gone since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  grade AS severity,
  title,
  due_on
FROM judged
ORDER BY subject;
