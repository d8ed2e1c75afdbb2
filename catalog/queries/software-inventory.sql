-- name: software-inventory
-- version: 1
-- answers: Which releases have no bill of materials?
WITH bill AS (
  SELECT
    lower(program) AS program,
    version,
    CASE json_type(parts) WHEN 'array' THEN json_array_length(parts) ELSE 0 END AS parts,
    evidence_id
  FROM software_bills
  WHERE format = 'CycloneDX'
),
-- A release may be deployed more than once.
released AS (
  SELECT service, version, max(deployed_at) AS deployed_at, min(evidence_id) AS evidence_id
  FROM deployments
  WHERE environment = 'production' AND status NOT IN ('cancelled', 'failed')
  GROUP BY service, version
),
judged AS (
  SELECT
    released.*,
    (SELECT max(bill.parts) FROM bill WHERE bill.program = lower(released.service)
      AND bill.version = released.version) AS parts,
    (SELECT max(bill.version) FROM bill WHERE bill.program = lower(released.service) AND bill.parts > 0) AS other_version
  FROM released
)
SELECT
  service || ' ' || version AS subject,
  CASE WHEN parts > 0 THEN 'pass' WHEN other_version IS NOT NULL THEN 'partial' ELSE 'fail' END AS outcome,
  CASE
    WHEN parts > 0 THEN ''
    ELSE 'Released at ' || deployed_at || ' '
      || CASE
        WHEN other_version IS NOT NULL
          THEN 'without a bill of materials of its own; there is one of version ' || other_version || '.'
        WHEN parts = 0 THEN 'with a bill of materials that names no part.'
        ELSE 'without any bill of materials.'
      END
  END AS detail,
  evidence_id || coalesce(' ' || (SELECT max(bill.evidence_id) FROM bill), '') AS evidence_ids,
  parts
FROM judged
ORDER BY service, version;
