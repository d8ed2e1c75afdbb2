//! Every row of every finding.

use super::{TEXT_WIDTH, joined, mark, outcome, soft, thousands};
use crate::{
    table::{Anchors, Kind, Table, TableColumn},
    visible::visible,
};
use domain::{Finding, FindingRow, Report, evidence::Cell};
use serde::Serialize;

const ROWS: [TableColumn; 4] = [
    TableColumn { title: "Outcome", kind: Kind::Mark, width: 54.0 },
    TableColumn { title: "Subject", kind: Kind::Strong, width: 104.0 },
    TableColumn { title: "What was seen", kind: Kind::Text, width: TEXT_WIDTH - 324.0 },
    TableColumn { title: "Evidence (first, last)", kind: Kind::Identifiers, width: 166.0 },
];

/// Rows that have to stand below the heading of their control.
const FIRST_ROWS: usize = 5;
/// They are given up where they would not fit on a page: in points.
const HIGHEST_FIRST_ROWS: f64 = 400.0;
/// After so many points of rows, about twelve pages, a control begins a new page.
const STRETCH: f64 = 8400.0;

#[derive(Debug, Serialize)]
pub(crate) struct ExaminedView {
    control: String,
    title: String,
    outcome: &'static str,
    count: String,
    /// Whether it begins on a new page even if there is room left.
    begins_page: bool,
    /// The height in points of as many of its first rows as have to stand below its heading.
    first_rows: f64,
    rows: Table,
}

/// Every control's rows. Blocks follow each other on the page, but after a long stretch one begins a new page: what
/// page breaks part is laid out side by side.
pub(super) fn all(report: &Report, anchors: &Anchors<'_>) -> Vec<ExaminedView> {
    let mut stretch = 0.0;
    let mut views = Vec::with_capacity(report.findings.len());
    for finding in &report.findings {
        let mut view = examined(finding, anchors);
        view.begins_page = stretch > STRETCH;
        stretch = if view.begins_page { 0.0 } else { stretch } + view.rows.height_of(usize::MAX);
        views.push(view);
    }
    views
}

fn examined(finding: &Finding, anchors: &Anchors<'_>) -> ExaminedView {
    let mut rows = Table::new(&ROWS);
    for row in &finding.rows {
        let cells = [mark(row), visible(&row.subject).into_owned(), seen(finding, row), joined(&row.evidence)];
        rows.row(&cells, anchors);
    }
    ExaminedView {
        control: finding.control.to_string(),
        title: soft(&finding.title),
        outcome: outcome(finding.outcome),
        count: thousands(finding.rows.len() as u64),
        begins_page: false,
        first_rows: rows.height_of(FIRST_ROWS).min(HIGHEST_FIRST_ROWS),
        rows,
    }
}

/// The detail, and below it the further columns that have a value: `mfa_enabled=yes · groups=3`.
fn seen(finding: &Finding, row: &FindingRow) -> String {
    let named = finding.columns.iter().zip(&row.values);
    let values = named.filter(|(_, value)| !matches!(value, Cell::Null));
    let values: Vec<String> = values.map(|(name, value)| visible(&format!("{name}={value}")).into_owned()).collect();
    let parts = [visible(&row.detail).into_owned(), values.join(" · ")];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}
