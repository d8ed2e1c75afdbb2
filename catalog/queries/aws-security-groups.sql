-- name: aws-security-groups
-- version: 1
-- answers: Which security groups let the whole internet reach more than the web ports?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM aws_security_groups
),
open_rule AS (
  SELECT
    state.evidence_id,
    state.account,
    state.region,
    state.identifier,
    coalesce(json_extract(rule.value, '$.IpProtocol'), '-1') AS protocol,
    json_extract(rule.value, '$.FromPort') AS from_port,
    json_extract(rule.value, '$.ToPort') AS to_port
  FROM aws_security_groups AS state, json_each(state.properties, '$.SecurityGroupIngress') AS rule
  WHERE rule.type = 'object'
    AND (json_extract(rule.value, '$.CidrIp') = '0.0.0.0/0' OR json_extract(rule.value, '$.CidrIpv6') = '::/0')
),
-- Ports 80 and 443 are what the internet is for. Echo requests (ICMP) find nothing out that an address does not.
exposed AS (
  SELECT
    evidence_id,
    account,
    region,
    identifier,
    min(CASE
      WHEN protocol IN ('-1', 'all') THEN 'every port'
      WHEN from_port = to_port THEN protocol || ' port ' || from_port
      ELSE protocol || ' ports ' || coalesce(from_port, 0) || ' to ' || coalesce(to_port, 65535)
    END) AS example,
    count(*) AS rules
  FROM open_rule
  WHERE protocol IN ('-1', 'all')
    OR (protocol IN ('tcp', 'udp', '6', '17') AND NOT coalesce(from_port = to_port AND from_port IN (80, 443), 0))
  GROUP BY evidence_id, account, region, identifier
),
seen AS (
  SELECT
    state.account || '/' || state.region || '/' || state.identifier AS subject,
    json_extract(state.properties, '$.GroupName') AS group_name,
    state.evidence_id,
    date(state.period_end, '-1 day') AS day,
    state.period_end = last_state.period_end AS is_last,
    CASE
      WHEN exposed.identifier IS NOT NULL THEN 'Open to the whole internet: ' || exposed.example
        || CASE WHEN exposed.rules > 1 THEN ' and ' || (exposed.rules - 1) || ' more' ELSE '' END
    END AS problem
  FROM aws_security_groups AS state
  CROSS JOIN last_state
  LEFT JOIN exposed ON exposed.evidence_id = state.evidence_id AND exposed.account = state.account
    AND exposed.region = state.region AND exposed.identifier = state.identifier
),
judged AS (
  SELECT
    subject,
    max(group_name) AS group_name,
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
      || CASE WHEN stands THEN '; it stands.' ELSE '; closed since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  group_name
FROM judged
ORDER BY subject;
