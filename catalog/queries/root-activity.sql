-- name: root-activity
-- version: 2
-- answers: What did the root user do?
-- CloudTrail delivers an event at least once, so one event may stand in several files: it is counted once, by its id.
WITH event AS (
  SELECT
    event_id,
    min(event_time) AS event_time,
    min(event_name) AS event_name,
    min(source_address) AS source_address,
    min(evidence_id) AS evidence_id,
    -- An AWS service that acts for the account, and a call that was refused, are no use of the root user.
    max(invoked_by IS NULL AND coalesce(event_type, '') <> 'AwsServiceEvent'
      AND error_code IS NULL AND error_message IS NULL) AS is_exception,
    -- Such a call reads and changes nothing, so that nothing of it stands.
    min(event_name GLOB 'Describe*' OR event_name GLOB 'Get*' OR event_name GLOB 'List*' OR event_name GLOB 'Lookup*') AS only_reads
  FROM cloudtrail_events
  WHERE user_type = 'Root'
  GROUP BY event_id
)
SELECT
  event_name || ' at ' || event_time || ' (' || event_id || ')' AS subject,
  CASE WHEN NOT is_exception THEN 'pass' WHEN only_reads THEN 'partial' ELSE 'fail' END AS outcome,
  CASE
    WHEN is_exception THEN 'The root user itself called ' || event_name || ' from ' || coalesce(source_address, 'an unknown address')
      || CASE WHEN only_reads THEN ', which changed nothing.' ELSE '.' END
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  event_time,
  source_address
FROM event
ORDER BY event_time, event_id;
