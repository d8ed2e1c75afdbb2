-- name: sign-in-guessing
-- version: 1
-- answers: Whose password was guessed at, and did a sign-in succeed on the same day?
-- One day of one user.
WITH day AS (
  SELECT
    lower(user) AS user,
    evidence_id,
    date(period_end, '-1 day') AS day,
    sum(CASE WHEN lower(outcome) = 'failure' THEN events ELSE 0 END) AS failures,
    sum(CASE WHEN lower(outcome) = 'success' THEN events ELSE 0 END) AS successes,
    max(CASE WHEN lower(outcome) = 'failure' THEN addresses ELSE 0 END) AS addresses
  FROM sign_in_attempts
  WHERE user IS NOT NULL
  GROUP BY lower(user), evidence_id, period_end
),
judged AS (
  SELECT
    user AS subject,
    max(failures >= 10) AS was_tried,
    max(failures >= 10 AND successes > 0) AS was_let_in,
    sum(failures >= 10) AS days,
    max(CASE WHEN failures >= 10 THEN failures END) AS most,
    max(CASE WHEN failures >= 10 THEN addresses END) AS addresses,
    min(CASE WHEN failures >= 10 THEN day END) AS first_seen,
    max(CASE WHEN failures >= 10 THEN day END) AS last_seen,
    min(CASE WHEN failures >= 10 AND successes > 0 THEN day END) AS let_in_on,
    coalesce(min(CASE WHEN failures >= 10 THEN evidence_id END), min(evidence_id)) AS first_evidence,
    coalesce(max(CASE WHEN failures >= 10 THEN evidence_id END), max(evidence_id)) AS last_evidence
  FROM day
  GROUP BY user
)
SELECT
  subject,
  CASE WHEN was_let_in THEN 'fail' WHEN was_tried THEN 'partial' ELSE 'pass' END AS outcome,
  CASE
    WHEN NOT was_tried THEN ''
    ELSE 'Up to ' || most || ' failed sign-ins a day from up to ' || addresses
      || CASE addresses WHEN 1 THEN ' address' ELSE ' addresses' END || ', '
      || CASE first_seen WHEN last_seen THEN 'on ' || first_seen
        ELSE 'on ' || days || ' days from ' || first_seen || ' to ' || last_seen END
      || CASE WHEN was_let_in THEN '; a sign-in succeeded on such a day, ' || let_in_on || '.'
        ELSE '; none succeeded on such a day.' END
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  CASE WHEN was_let_in THEN 'high' ELSE 'low' END AS severity,
  days
FROM judged
ORDER BY subject;
