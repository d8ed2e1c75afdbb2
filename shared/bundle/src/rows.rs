//! Every row of a finding leads back to evidence of the report, and the counts are those of the rows.

use crate::Verdict;
use domain::{EvidenceId, Finding, Outcome, Report, Snapshot};
use std::collections::BTreeSet;

pub(crate) fn check(report: &Report, snapshot: &Snapshot, verdict: &mut Verdict) {
    let frozen: BTreeSet<&EvidenceId> = snapshot.evidence.iter().map(|frozen| &frozen.evidence_id).collect();
    for finding in &report.findings {
        check_counts(finding, verdict);
        let of_control = format!("{}.", finding.control);
        for (number, row) in (1..).zip(&finding.rows) {
            verdict.checked.finding_rows += 1;
            let what = || format!("{}/{number}", finding.control);
            if row.evidence.is_empty() {
                verdict.problem(what(), "the row rests on no evidence");
            }
            for evidence_id in &row.evidence {
                if !frozen.contains(evidence_id) {
                    verdict.problem(
                        what(),
                        format!("the row rests on {evidence_id}, which is none of the report's evidence"),
                    );
                } else if !evidence_id.as_str().starts_with(&of_control) {
                    verdict.problem(what(), format!("the row rests on {evidence_id}, which is another control's"));
                }
            }
        }
    }
}

fn check_counts(finding: &Finding, verdict: &mut Verdict) {
    let exceptions = finding.rows.iter().filter(|row| row.outcome != Outcome::Pass).count() as u64;
    if (finding.examined, finding.exceptions) != (finding.rows.len() as u64, exceptions) {
        verdict.problem(&finding.control, "its finding counts other rows than it has");
    }
}
