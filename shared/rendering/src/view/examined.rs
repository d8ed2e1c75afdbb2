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
/// After so many points of rows, about thirty-five pages, a control begins a new stretch.
const STRETCH: f64 = 24_000.0;

#[derive(Debug, Serialize)]
pub(crate) struct ExaminedView {
    control: String,
    title: String,
    outcome: &'static str,
    count: String,
    /// The height in points of as many of its first rows as have to stand below its heading.
    first_rows: f64,
    rows: Table,
}

/// Every control's rows, in stretches that begin a new page. Blocks of a stretch follow each other on the page; stretches
/// are laid out side by side, and one of a single control needs no search for what stands on its pages.
pub(super) fn stretches(report: &Report, anchors: &Anchors<'_>) -> Vec<Vec<ExaminedView>> {
    let mut stretches = Vec::new();
    let (mut stretch, mut height) = (Vec::new(), 0.0);
    for finding in &report.findings {
        let view = examined(finding, anchors);
        if height > STRETCH {
            stretches.push(std::mem::take(&mut stretch));
            height = 0.0;
        }
        height += view.rows.height_of(usize::MAX);
        stretch.push(view);
    }
    stretches.push(stretch);
    stretches
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
