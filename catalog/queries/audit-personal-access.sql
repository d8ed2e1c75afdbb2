-- name: audit-personal-access
-- version: 1
-- answers: Who reached personal data without a lawful ground or after consent was withdrawn?
WITH used AS (
  SELECT
    principal || ' at ' || resource AS subject,
    sum(accesses) AS accesses,
    sum(data_subjects) AS data_subjects,
    sum(without_ground) AS without_ground,
    sum(after_withdrawal) AS after_withdrawal,
    sum(denied_after_withdrawal) AS denied_after_withdrawal,
    min(first_at) AS first_at,
    max(last_at) AS last_at,
    min(evidence_id) AS first_evidence,
    max(evidence_id) AS last_evidence
  FROM audit_personal_access
  GROUP BY principal, resource
)
SELECT
  subject,
  CASE
    WHEN without_ground + after_withdrawal > 0 THEN 'fail'
    WHEN denied_after_withdrawal > 0 THEN 'partial'
    ELSE 'pass'
  END AS outcome,
  CASE
    WHEN without_ground + after_withdrawal > 0
      THEN 'Of ' || accesses || ' accesses to data of ' || data_subjects || ' persons, '
        || CASE WHEN without_ground > 0 THEN without_ground || ' named no ground' ELSE '' END
        || CASE WHEN without_ground > 0 AND after_withdrawal > 0 THEN ' and ' ELSE '' END
        || CASE WHEN after_withdrawal > 0 THEN after_withdrawal || ' came after consent was withdrawn' ELSE '' END
        || ', between ' || first_at || ' and ' || last_at || '.'
    WHEN denied_after_withdrawal > 0
      THEN 'Asked ' || denied_after_withdrawal || CASE denied_after_withdrawal WHEN 1 THEN ' time' ELSE ' times' END
        || ' for data whose consent was withdrawn, and was denied; last at ' || last_at || '.'
    ELSE ''
  END AS detail,
  first_evidence || CASE WHEN last_evidence <> first_evidence THEN ' ' || last_evidence ELSE '' END AS evidence_ids,
  accesses,
  data_subjects
FROM used
ORDER BY subject;
