-- name: network-exposure
-- version: 1
-- answers: Which security groups and databases let the whole internet reach administration or database ports?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM terraform_resources
),
guarded_port (port, purpose) AS (
  VALUES (22, 'SSH'), (1433, 'SQL Server'), (1521, 'Oracle'), (3306, 'MySQL'), (3389, 'remote desktop'), (5432, 'PostgreSQL'),
    (6379, 'Redis'), (9200, 'Elasticsearch'), (27017, 'MongoDB')
),
resource AS (
  SELECT
    coalesce(module || '.', '') || type || '.' || name || coalesce('[' || index_key || ']', '') AS subject,
    type,
    attributes,
    evidence_id,
    period_end
  FROM terraform_resources
  WHERE mode = 'managed'
    AND (
      type IN ('aws_security_group', 'aws_vpc_security_group_ingress_rule', 'aws_db_instance', 'aws_rds_cluster_instance')
      OR (type = 'aws_security_group_rule' AND json_extract(attributes, '$.type') = 'ingress')
    )
),
-- The three ways to write a rule that lets traffic in, as one: protocol -1 means every protocol and port.
rule AS (
  SELECT resource.subject, resource.evidence_id,
    json_extract(item.value, '$.protocol') AS protocol,
    json_extract(item.value, '$.from_port') AS from_port,
    json_extract(item.value, '$.to_port') AS to_port,
    json_extract(item.value, '$.cidr_blocks') AS networks,
    json_extract(item.value, '$.ipv6_cidr_blocks') AS networks_v6
  FROM resource, json_each(resource.attributes, '$.ingress') AS item
  WHERE resource.type = 'aws_security_group'
  UNION ALL
  SELECT subject, evidence_id,
    json_extract(attributes, '$.protocol'),
    json_extract(attributes, '$.from_port'),
    json_extract(attributes, '$.to_port'),
    json_extract(attributes, '$.cidr_blocks'),
    json_extract(attributes, '$.ipv6_cidr_blocks')
  FROM resource
  WHERE type = 'aws_security_group_rule'
  UNION ALL
  SELECT subject, evidence_id,
    json_extract(attributes, '$.ip_protocol'),
    json_extract(attributes, '$.from_port'),
    json_extract(attributes, '$.to_port'),
    json_array(json_extract(attributes, '$.cidr_ipv4')),
    json_array(json_extract(attributes, '$.cidr_ipv6'))
  FROM resource
  WHERE type = 'aws_vpc_security_group_ingress_rule'
),
reachable AS (
  SELECT rule.subject, rule.evidence_id, guarded_port.purpose
  FROM rule
  JOIN guarded_port
    ON rule.protocol IN ('-1', 'all')
    OR (rule.protocol IN ('tcp', '6') AND guarded_port.port BETWEEN rule.from_port AND rule.to_port)
  WHERE EXISTS (SELECT 1 FROM json_each(rule.networks) AS network WHERE network.value = '0.0.0.0/0')
    OR EXISTS (SELECT 1 FROM json_each(rule.networks_v6) AS network WHERE network.value = '::/0')
  UNION ALL
  SELECT subject, evidence_id, 'public database address'
  FROM resource
  WHERE type IN ('aws_db_instance', 'aws_rds_cluster_instance')
    AND json_extract(attributes, '$.publicly_accessible')
),
exposed AS (
  SELECT subject, evidence_id, count(DISTINCT purpose) AS ways, min(purpose) AS purpose
  FROM reachable
  GROUP BY subject, evidence_id
),
judged AS (
  SELECT
    resource.subject,
    max(exposed.subject IS NOT NULL) AS was_exception,
    max(exposed.subject IS NOT NULL AND resource.period_end = last_state.period_end) AS stands,
    max(exposed.ways) AS ways,
    min(exposed.purpose) AS purpose,
    min(CASE WHEN exposed.subject IS NOT NULL THEN date(resource.period_end, '-1 day') END) AS first_seen,
    max(CASE WHEN exposed.subject IS NOT NULL THEN date(resource.period_end, '-1 day') END) AS last_seen,
    coalesce(min(exposed.evidence_id), min(resource.evidence_id)) AS first_evidence,
    coalesce(max(exposed.evidence_id), max(resource.evidence_id)) AS last_evidence
  FROM resource
  CROSS JOIN last_state
  LEFT JOIN exposed ON exposed.subject = resource.subject AND exposed.evidence_id = resource.evidence_id
  GROUP BY resource.subject
)
SELECT
  subject,
  CASE WHEN NOT was_exception THEN 'pass' WHEN stands THEN 'fail' ELSE 'partial' END AS outcome,
  CASE
    WHEN NOT was_exception THEN ''
    ELSE 'Open to the whole internet: ' || purpose || CASE WHEN ways > 1 THEN ' and ' || (ways - 1) || ' more' ELSE '' END
      || ', seen from ' || first_seen || ' to ' || last_seen
      || CASE WHEN stands THEN '; it stands.' ELSE '; closed since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
