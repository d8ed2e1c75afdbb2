-- name: processing-records
-- version: 1
-- answers: Which entries of the register of processing are incomplete or were not reviewed for a year?
WITH last_register AS (
  SELECT max(period_end) AS period_end FROM processing_records
),
entry AS (
  SELECT
    record.*,
    nullif(
      CASE WHEN coalesce(trim(controller), '') = '' THEN ', controller' ELSE '' END
        || CASE WHEN coalesce(trim(purpose), '') = '' THEN ', purpose' ELSE '' END
        || CASE WHEN coalesce(trim(persons), '') = '' THEN ', categories of persons' ELSE '' END
        || CASE WHEN coalesce(trim(data), '') = '' THEN ', categories of data' ELSE '' END
        || CASE WHEN coalesce(trim(recipients), '') = '' THEN ', recipients' ELSE '' END
        -- A transfer abroad has to name what it rests on; no transfer is said as none.
        || CASE WHEN coalesce(trim(transfers), '') = '' THEN ', transfers abroad' ELSE '' END
        || CASE WHEN lower(coalesce(trim(transfers), 'none')) NOT IN ('none', '') AND coalesce(trim(safeguards), '') = ''
          THEN ', safeguards of the transfer' ELSE '' END
        || CASE WHEN coalesce(trim(time_limit), '') = '' THEN ', time limit' ELSE '' END
        || CASE WHEN coalesce(trim(measures), '') = '' THEN ', security measures' ELSE '' END,
      ''
    ) AS missing
  FROM processing_records AS record
  WHERE period_end = (SELECT period_end FROM last_register)
)
SELECT
  record_id || ' ' || activity AS subject,
  CASE
    WHEN missing IS NOT NULL THEN 'fail'
    WHEN reviewed_at IS NULL OR date(reviewed_at) < date(period_end, '-365 days') THEN 'partial'
    ELSE 'pass'
  END AS outcome,
  CASE
    WHEN missing IS NOT NULL THEN 'The entry does not name ' || substr(missing, 3) || '.'
    WHEN reviewed_at IS NULL THEN 'The entry is complete and was never reviewed.'
    WHEN date(reviewed_at) < date(period_end, '-365 days')
      THEN 'The entry is complete and was reviewed last on ' || date(reviewed_at) || '.'
    ELSE ''
  END AS detail,
  evidence_id AS evidence_ids
FROM entry
ORDER BY record_id, activity;
