//! Every row of every finding.

use super::{TEXT_WIDTH, joined, mark, outcome, soft, thousands};
use crate::{
    table::{Anchors, Kind, Table, TableColumn},
    visible::visible,
};
use domain::{Finding, FindingRow, evidence::Cell};
use serde::Serialize;

const ROWS: [TableColumn; 4] = [
    TableColumn { title: "Outcome", kind: Kind::Mark, width: 54.0 },
    TableColumn { title: "Subject", kind: Kind::Strong, width: 104.0 },
    TableColumn { title: "What was seen", kind: Kind::Text, width: TEXT_WIDTH - 324.0 },
    TableColumn { title: "Evidence", kind: Kind::Identifiers, width: 166.0 },
];

#[derive(Debug, Serialize)]
pub(crate) struct ExaminedView {
    control: String,
    title: String,
    outcome: &'static str,
    count: String,
    rows: Table,
}

pub(super) fn examined(finding: &Finding, anchors: &Anchors<'_>) -> ExaminedView {
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
