-- name: log-silence
-- version: 1
-- answers: Which machines in service sent no logs for a day?
WITH collected AS (
  SELECT period_end, min(evidence_id) AS evidence_id FROM host_log_volume GROUP BY period_end
),
last_day AS (
  SELECT max(period_end) AS period_end FROM collected
),
heard AS (
  SELECT DISTINCT period_end, lower(host) AS host FROM host_log_volume WHERE events > 0
),
-- A machine that sent nothing has no row: the register of the same day says that there should be one.
seen AS (
  SELECT
    lower(register.host) AS subject,
    register.owner,
    collected.evidence_id,
    register.evidence_id AS register_evidence,
    date(register.period_end, '-1 day') AS day,
    register.period_end = last_day.period_end AS is_last,
    heard.host IS NULL AS is_silent
  FROM log_hosts AS register
  JOIN collected ON collected.period_end = register.period_end
  CROSS JOIN last_day
  LEFT JOIN heard ON heard.period_end = register.period_end AND heard.host = lower(register.host)
  -- On its first and its last day a machine may still or already be off.
  WHERE register.in_service_from < date(register.period_end, '-1 day')
    AND (register.retired_on IS NULL OR register.retired_on > date(register.period_end, '-1 day'))
),
judged AS (
  SELECT
    subject,
    max(owner) AS owner,
    max(is_silent) AS was_silent,
    max(is_silent AND is_last) AS stands,
    sum(is_silent) AS days,
    min(CASE WHEN is_silent THEN day END) AS first_seen,
    max(CASE WHEN is_silent THEN day END) AS last_seen,
    coalesce(min(CASE WHEN is_silent THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN is_silent THEN evidence_id END), max(evidence_id)) AS last_evidence,
    coalesce(max(CASE WHEN is_silent THEN register_evidence END), max(register_evidence)) AS register_evidence
  FROM seen
  GROUP BY subject
)
SELECT
  subject,
  CASE WHEN NOT was_silent THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_silent THEN ''
    ELSE 'Sent no logs '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen
        ELSE 'on ' || days || ' days from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it is still silent.' ELSE '; logs came again since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END
    || ' ' || register_evidence AS evidence_ids,
  owner,
  days
FROM judged
ORDER BY subject;
