-- name: log-tampering
-- version: 1
-- answers: Who stopped, deleted or weakened a log trail or an event data store?
WITH event AS (
  SELECT
    event_id,
    min(event_time) AS event_time,
    min(event_name) AS event_name,
    min(user_arn) AS user_arn,
    min(evidence_id) AS evidence_id,
    max(
      error_code IS NULL AND (
        event_name IN ('StopLogging', 'DeleteTrail', 'StopEventDataStoreIngestion', 'DeleteEventDataStore')
        OR (event_name = 'UpdateTrail' AND (
          coalesce(json_extract(request_parameters, '$.enableLogFileValidation'), 1) = 0
          OR coalesce(json_extract(request_parameters, '$.isMultiRegionTrail'), 1) = 0))
        OR (event_name = 'PutEventSelectors' AND EXISTS (
          SELECT 1 FROM json_each(request_parameters, '$.eventSelectors') AS selector
          WHERE json_extract(CASE selector.type WHEN 'object' THEN selector.value END, '$.includeManagementEvents') = 0))
        -- Advanced selectors record what they name and nothing else.
        OR (event_name = 'PutEventSelectors' AND json_array_length(request_parameters, '$.advancedEventSelectors') > 0
          AND NOT EXISTS (
            SELECT 1 FROM json_tree(request_parameters, '$.advancedEventSelectors') AS selector
            WHERE selector.value = 'Management'))
      )
    ) AS is_exception
  FROM cloudtrail_events
  WHERE event_source = 'cloudtrail.amazonaws.com'
    AND event_name IN (
      'StopLogging', 'StartLogging', 'DeleteTrail', 'CreateTrail', 'UpdateTrail', 'PutEventSelectors',
      'StopEventDataStoreIngestion', 'StartEventDataStoreIngestion', 'DeleteEventDataStore'
    )
  GROUP BY event_id
)
SELECT
  event_name || ' at ' || event_time || ' (' || event_id || ')' AS subject,
  CASE WHEN is_exception THEN 'fail' ELSE 'pass' END AS outcome,
  CASE
    WHEN is_exception THEN coalesce(user_arn, 'An unknown caller') || ' called ' || event_name || ', which takes from the log.'
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  event_time,
  user_arn
FROM event
ORDER BY event_time, event_id;
