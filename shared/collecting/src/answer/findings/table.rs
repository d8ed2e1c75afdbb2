//! From findings to the cells of the declared columns.

use super::{finding::Finding, report::Report, scalar::Scalar};
use crate::{CollectError, Place, answer::cells, answer::plan::OnRow, answer::text::line_of};
use catalog::{SCANNER_COLUMNS, SourceQuery};
use domain::evidence::Cell;
use jiff::{Timestamp, civil::DateTime};

/// Takes findings one after the other and gives their cells on.
pub(super) struct Table<'a> {
    report: Report<'a>,
    query: &'a SourceQuery,
    row: u64,
    cells: Vec<Cell>,
    on_row: OnRow<'a>,
}

impl<'a> Table<'a> {
    /// Refuses columns that no finding has.
    pub(super) fn new(report: &Report<'a>, query: &'a SourceQuery, on_row: OnRow<'a>) -> Result<Self, CollectError> {
        let is_known = |from: &str| SCANNER_COLUMNS.iter().any(|(known, _)| *known == from);
        match query.columns.iter().find(|declared| !is_known(&declared.from)) {
            None => Ok(Self { report: *report, query, row: 0, cells: vec![Cell::Null; query.columns.len()], on_row }),
            Some(declared) => {
                let reason = format!(
                    "a finding has no {:?}; it has {}",
                    declared.from,
                    SCANNER_COLUMNS.map(|known| known.0).join(", ")
                );
                Err(CollectError::Query { query: query.name.to_string(), column: declared.column.name.clone(), reason })
            }
        }
    }

    /// Takes a finding that was found in `part`, a slice of the text, and gives its cells on.
    pub(super) fn row(&mut self, part: &str, finding: &Finding) -> Result<(), CollectError> {
        self.row += 1;
        for (declared, cell) in self.query.columns.iter().zip(&mut self.cells) {
            let Some(text) = value(finding, &declared.from) else {
                *cell = Cell::Null;
                continue;
            };
            cells::from_text(declared.column.kind, &self.query.null, text, cell).map_err(|reason| {
                CollectError::Cell {
                    file: self.report.file.to_owned(),
                    place: Place::Row { row: self.row, line: line_of(self.report.text, part) },
                    column: declared.column.name.clone(),
                    reason: reason.into_owned(),
                }
            })?;
        }
        (self.on_row)(&self.cells)
    }
}

fn value<'f>(finding: &'f Finding, column: &str) -> Option<&'f str> {
    match column {
        "tool" => Some(&finding.tool),
        "target" => Some(&finding.target),
        "rule" => Some(&finding.rule),
        "title" => Some(&finding.title),
        "severity" => Some(finding.severity.as_str()),
        "status" => Some(finding.status.as_str()),
        "location" => finding.location.as_deref(),
        "first_seen" => time(finding.first_seen.as_ref()),
        "last_seen" => time(finding.last_seen.as_ref()),
        "identifier" => finding.identifier.as_deref(),
        _ => None,
    }
}

/// A time without its zone says nothing for certain, and is none: what it is an answer to stays a finding.
fn time(scalar: Option<&Scalar>) -> Option<&str> {
    let text = scalar?.0.trim();
    let is_civil = text.len() > 10 && text.parse::<Timestamp>().is_err() && text.parse::<DateTime>().is_ok();
    (!text.is_empty() && !is_civil).then_some(text)
}
