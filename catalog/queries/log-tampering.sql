-- name: log-tampering
-- version: 2
-- answers: Who stopped, deleted or weakened a log trail or an event data store?
WITH event AS (
  SELECT
    event_id,
    min(event_time) AS event_time,
    min(event_name) AS event_name,
    min(user_arn) AS user_arn,
    min(evidence_id) AS evidence_id,
    -- A trail or a store is named, or given by its ARN, whose last part is the name.
    min(coalesce(
      json_extract(request_parameters, '$.name'),
      json_extract(request_parameters, '$.eventDataStore')
    )) AS target,
    max(error_code IS NULL) AS is_done,
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
),
-- A log that records again within a quarter of an hour was interrupted, not ended.
judged AS (
  SELECT
    event.*,
    (
      SELECT min(later.event_time) FROM event AS later
      WHERE later.event_name = CASE event.event_name
          WHEN 'StopLogging' THEN 'StartLogging'
          WHEN 'StopEventDataStoreIngestion' THEN 'StartEventDataStoreIngestion'
        END
        AND later.is_done
        AND (later.target = event.target
          OR substr(later.target, -length(event.target) - 1) = '/' || event.target
          OR substr(event.target, -length(later.target) - 1) = '/' || later.target)
        AND unixepoch(later.event_time) BETWEEN unixepoch(event.event_time) AND unixepoch(event.event_time) + 15 * 60
    ) AS started_at
  FROM event
)
SELECT
  event_name || ' at ' || event_time || ' (' || event_id || ')' AS subject,
  CASE WHEN is_exception AND started_at IS NOT NULL THEN 'partial' WHEN is_exception THEN 'fail' ELSE 'pass' END AS outcome,
  CASE
    WHEN is_exception THEN coalesce(user_arn, 'An unknown caller') || ' called ' || event_name
      || ', which takes from the log'
      || CASE WHEN started_at IS NOT NULL THEN '; it records again since ' || started_at || '.' ELSE '.' END
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids,
  event_time,
  user_arn
FROM judged
ORDER BY event_time, event_id;
