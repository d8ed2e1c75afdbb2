//! What was due, what was collected, and what is missing by name.

use super::{TEXT_WIDTH, no_anchors, span, thousands};
use crate::{
    table::{Kind, Table, TableColumn},
    visible::visible,
};
use domain::{CoverageOfControl, Gap, GapReason, Report};
use serde::Serialize;

const GAPS: [TableColumn; 4] = [
    TableColumn { title: "Missing evidence", kind: Kind::Code, width: 160.0 },
    TableColumn { title: "Source", kind: Kind::Text, width: 66.0 },
    TableColumn { title: "State", kind: Kind::Strong, width: 84.0 },
    TableColumn { title: "Reason", kind: Kind::Text, width: TEXT_WIDTH - 310.0 },
];

#[derive(Debug, Serialize)]
pub(crate) struct CoverageView {
    expected: u64,
    collected: u64,
    /// From when to when there is evidence.
    covered: String,
    /// What is without evidence at the ends of the window; empty for nothing.
    uncovered: String,
    /// When collecting began, if that was inside the window.
    due_since: Option<String>,
    expected_shown: String,
    collected_shown: String,
    controls: Vec<ControlCoverage>,
    gap_count: String,
    gaps: Table,
}

#[derive(Debug, Serialize)]
struct ControlCoverage {
    control: String,
    sources: String,
    schedule: String,
    expected: u64,
    collected: u64,
}

pub(super) fn coverage(report: &Report) -> CoverageView {
    let coverage = &report.coverage;
    let mut gaps = Table::new(&GAPS);
    for gap in &coverage.gaps {
        gaps.row(&cells(gap), &no_anchors());
    }
    CoverageView {
        expected: coverage.expected,
        collected: coverage.collected,
        covered: span::covered(report),
        uncovered: span::uncovered(report),
        due_since: coverage.due_since.map(span::to_the_second),
        expected_shown: thousands(coverage.expected),
        collected_shown: thousands(coverage.collected),
        controls: coverage.controls.iter().map(control).collect(),
        gap_count: thousands(coverage.gaps.len() as u64),
        gaps,
    }
}

fn control(coverage: &CoverageOfControl) -> ControlCoverage {
    let sources: Vec<&str> = coverage.sources.iter().map(domain::SourceId::as_str).collect();
    ControlCoverage {
        control: coverage.control.to_string(),
        sources: sources.join(", "),
        schedule: visible(&coverage.schedule).into_owned(),
        expected: coverage.expected,
        collected: coverage.collected,
    }
}

fn cells(gap: &Gap) -> [String; 4] {
    let (state, reason) = gap_reason(&gap.reason);
    [gap.evidence_id.to_string(), gap.source.to_string(), visible(&state).into_owned(), visible(&reason).into_owned()]
}

/// The state of a gap, and why.
pub(crate) fn gap_reason(reason: &GapReason) -> (String, String) {
    match reason {
        GapReason::Missing => ("missing".to_owned(), "no collection was ever begun".to_owned()),
        GapReason::Pending => ("pending".to_owned(), "a collection had begun and not ended".to_owned()),
        GapReason::Failed { error, message } => (error.clone(), message.clone()),
        GapReason::Waived { reason, waived_by } => ("waived".to_owned(), format!("by {waived_by}: {reason}")),
        GapReason::Withdrawn => {
            ("withdrawn".to_owned(), "it was committed, and the catalog asks for it no longer".to_owned())
        }
    }
}
