-- name: network-exposure
-- version: 1
-- answers: Which security groups and databases let the whole internet reach administration or database ports?
WITH last_state AS (
  SELECT max(period_end) AS period_end FROM terraform_resources
),
guarded_port (port, purpose) AS (
  VALUES (22, 'SSH'), (1433, 'SQL Server'), (1521, 'Oracle'), (3306, 'MySQL'), (3389, 'remote desktop'), (5432, 'PostgreSQL'),
    (5439, 'Redshift'), (5985, 'Windows remote management'), (5986, 'Windows remote management over TLS'), (6379, 'Redis'),
    (9042, 'Cassandra'), (9200, 'Elasticsearch'), (11211, 'Memcached'), (27017, 'MongoDB')
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
      type IN ('aws_security_group', 'aws_default_security_group', 'aws_vpc_security_group_ingress_rule', 'aws_db_instance',
        'aws_rds_cluster_instance')
      OR (type = 'aws_security_group_rule' AND json_extract(attributes, '$.type') = 'ingress')
    )
),
-- The three ways to write a rule that lets traffic in: inside a group, and alone in two forms.
written AS (
  SELECT resource.subject, resource.evidence_id, CASE item.type WHEN 'object' THEN item.value ELSE '{}' END AS rule
  FROM resource, json_each(resource.attributes, '$.ingress') AS item
  WHERE resource.type IN ('aws_security_group', 'aws_default_security_group')
  UNION ALL
  SELECT subject, evidence_id, attributes
  FROM resource
  WHERE type IN ('aws_security_group_rule', 'aws_vpc_security_group_ingress_rule')
),
open_rule AS (
  SELECT
    subject,
    evidence_id,
    coalesce(json_extract(rule, '$.protocol'), json_extract(rule, '$.ip_protocol')) AS protocol,
    json_extract(rule, '$.from_port') AS from_port,
    json_extract(rule, '$.to_port') AS to_port
  FROM written
  WHERE json_extract(rule, '$.cidr_ipv4') = '0.0.0.0/0'
    OR json_extract(rule, '$.cidr_ipv6') = '::/0'
    OR EXISTS (SELECT 1 FROM json_each(written.rule, '$.cidr_blocks') AS network WHERE network.value = '0.0.0.0/0')
    OR EXISTS (SELECT 1 FROM json_each(written.rule, '$.ipv6_cidr_blocks') AS network WHERE network.value = '::/0')
),
-- Protocol -1 means every protocol and port.
reachable AS (
  SELECT open_rule.subject, open_rule.evidence_id, guarded_port.purpose
  FROM open_rule
  JOIN guarded_port
    ON open_rule.protocol IN ('-1', 'all')
    OR (open_rule.protocol IN ('tcp', '6') AND guarded_port.port BETWEEN open_rule.from_port AND open_rule.to_port)
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
      || ', seen '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen ELSE 'from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN stands THEN '; it stands.' ELSE '; closed since.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids
FROM judged
ORDER BY subject;
