//! Findings control by control, and the register of all exceptions.

use super::{TEXT_WIDTH, joined, mark, outcome, severity, soft, summary, thousands};
use crate::{
    table::{Anchors, Kind, Table, TableColumn},
    visible::visible,
};
use domain::{Finding, FindingRow, Outcome, Report};
use serde::Serialize;
use std::cmp::Reverse;

/// How many exceptions are listed with the finding itself; all are in the register.
const LISTED_EXCEPTIONS: usize = 40;

const EXCEPTIONS: [TableColumn; 4] = [
    TableColumn { title: "Outcome", kind: Kind::Mark, width: 54.0 },
    TableColumn { title: "Subject", kind: Kind::Strong, width: 108.0 },
    TableColumn { title: "What was seen", kind: Kind::Text, width: TEXT_WIDTH - 328.0 },
    TableColumn { title: "Evidence (first, last)", kind: Kind::Evidence, width: 166.0 },
];

const REGISTER: [TableColumn; 5] = [
    TableColumn { title: "No.", kind: Kind::Number, width: 24.0 },
    TableColumn { title: "Outcome", kind: Kind::Mark, width: 54.0 },
    TableColumn { title: "Subject, control", kind: Kind::Subject, width: 112.0 },
    TableColumn { title: "What was seen", kind: Kind::Text, width: TEXT_WIDTH - 356.0 },
    TableColumn { title: "Evidence (first, last)", kind: Kind::Evidence, width: 166.0 },
];

#[derive(Debug, Serialize)]
pub(crate) struct FindingView {
    control: String,
    title: String,
    description: String,
    requirements: Vec<summary::RequirementView>,
    severity: &'static str,
    outcome: &'static str,
    reason: String,
    query: String,
    /// The place of the query in the evidence trail; none where it is not there.
    query_anchor: Option<usize>,
    examined: String,
    exceptions: String,
    remediation: String,
    listed: Table,
    /// How many exceptions are in the register only; empty for none.
    unlisted: String,
}

pub(super) fn finding(report: &Report, finding: &Finding, anchors: &Anchors<'_>) -> FindingView {
    let exceptions: Vec<&FindingRow> = finding.rows.iter().filter(|row| row.outcome != Outcome::Pass).collect();
    let mut listed = Table::new(&EXCEPTIONS);
    for row in exceptions.iter().take(LISTED_EXCEPTIONS) {
        listed.row(&[mark(row), shown(&row.subject), shown(&row.detail), joined(&row.evidence)], anchors);
    }
    let unlisted = exceptions.len().saturating_sub(LISTED_EXCEPTIONS);
    FindingView {
        control: finding.control.to_string(),
        title: soft(&finding.title),
        description: soft(&finding.description),
        requirements: finding.requirements.iter().map(summary::requirement).collect(),
        severity: severity(finding.severity),
        outcome: outcome(finding.outcome),
        reason: soft(&finding.reason),
        query: soft(&finding.query),
        query_anchor: report.queries.iter().position(|query| query.name == finding.query),
        examined: thousands(finding.examined),
        exceptions: thousands(finding.exceptions),
        remediation: soft(&finding.remediation),
        listed,
        unlisted: if unlisted == 0 { String::new() } else { thousands(unlisted as u64) },
    }
}

pub(super) fn register(report: &Report, anchors: &Anchors<'_>) -> Table {
    let mut table = Table::new(&REGISTER);
    for (index, (finding, row)) in worst_first(report).into_iter().enumerate() {
        let cells = [
            (index + 1).to_string(),
            mark(row),
            format!("{}\n{}", shown(&row.subject), finding.control),
            shown(&row.detail),
            joined(&row.evidence),
        ];
        table.row(&cells, anchors);
    }
    table
}

/// Every row that is not `pass`: standing exceptions before remediated ones, grave ones first, then by control.
pub(crate) fn worst_first(report: &Report) -> Vec<(&Finding, &FindingRow)> {
    let rows = report.findings.iter().flat_map(|finding| finding.rows.iter().map(move |row| (finding, row)));
    let mut exceptions: Vec<_> = rows.filter(|(_, row)| row.outcome != Outcome::Pass).collect();
    exceptions.sort_by_key(|(_, row)| (Reverse(row.outcome), row.severity));
    exceptions
}

fn shown(text: &str) -> String {
    visible(text).into_owned()
}
