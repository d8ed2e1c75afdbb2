//! Tables whose rows are wrapped and measured here, so that the layout has nothing left to find out.

use crate::{typeface::Typeface, wrapping::Measure};
use serde::Serialize;
use std::collections::BTreeMap;

/// Height of a line of text in points, whatever its font and size; the templates set the same.
pub(crate) const LINE: f64 = 7.0;
/// Room between lines in points.
pub(crate) const LEADING: f64 = 1.5;
/// Room above and below the text of a row in points.
pub(crate) const INSET_Y: f64 = 1.9;
/// Room left and right of the text of a cell in points.
pub(crate) const INSET_X: f64 = 3.0;
/// Lines of one row at most; more continue in another row, so that no row is higher than a page.
const LINES_OF_A_ROW: usize = 60;

/// What a column holds, and so how it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Text.
    Text,
    /// Text that leads the row.
    Strong,
    /// Text that leads the row and, in a line of its own below it, the identifier of what it belongs to.
    Subject,
    /// Identifiers and digests.
    Code,
    /// Evidence ids, linked to the evidence trail.
    Evidence,
    /// Evidence ids without links: a link costs the layout more than the row it stands in.
    Identifiers,
    /// The evidence id of a line of the evidence trail, to which others link; below it, what was asked.
    Target,
    /// Numbers, aligned to the right.
    Number,
    /// `pass`, or `fail high`: drawn as a mark.
    Mark,
}

impl Kind {
    /// Its fonts and font size in points.
    pub(crate) fn typeface(self) -> (Typeface, f64) {
        match self {
            Kind::Text | Kind::Number | Kind::Mark => (Typeface::Sans, 7.2),
            Kind::Strong | Kind::Subject => (Typeface::Strong, 7.2),
            Kind::Code | Kind::Evidence | Kind::Identifiers | Kind::Target => (Typeface::Mono, 6.1),
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct TableColumn {
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
    /// In points, with its insets.
    pub(crate) width: f64,
}

/// Where each evidence id stands in the evidence trail.
pub(crate) type Anchors<'a> = BTreeMap<&'a str, usize>;

/// A cell, wrapped.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum TableCell {
    /// Lines, joined by line feeds.
    Lines(String),
    /// Lines, each with its place in the evidence trail or −1; of [`Kind::Subject`] with 0, and −1 for the identifier.
    Linked(Vec<(String, i64)>),
}

/// A table as the templates receive it.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Table {
    columns: Vec<TableColumn>,
    /// The height of each row in points.
    heights: Vec<f64>,
    /// Cell by cell, row by row.
    cells: Vec<TableCell>,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(columns: &[TableColumn]) -> Self {
        Self { columns: columns.to_vec(), heights: Vec::new(), cells: Vec::new() }
    }

    /// Adds a row. `cells` are visible text, one per column; the text of [`Kind::Evidence`] is ids joined by spaces.
    pub(crate) fn row(&mut self, cells: &[String], anchors: &Anchors<'_>) {
        let wrapped: Vec<_> =
            self.columns.iter().zip(cells).map(|(column, text)| wrap(column, text, anchors)).collect();
        let lines = wrapped.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for first in (0..lines).step_by(LINES_OF_A_ROW) {
            self.push(&wrapped, first, LINES_OF_A_ROW.min(lines - first));
        }
    }

    /// The height of the first `count` rows in points, without the header.
    pub(crate) fn height_of(&self, count: usize) -> f64 {
        self.heights.iter().take(count).sum()
    }

    fn push(&mut self, wrapped: &[Vec<(String, i64)>], first: usize, count: usize) {
        for (column, lines) in self.columns.iter().zip(wrapped) {
            let lines = lines.iter().skip(first).take(count).cloned();
            self.cells.push(match column.kind {
                Kind::Evidence | Kind::Target | Kind::Subject => TableCell::Linked(lines.collect()),
                _ => TableCell::Lines(lines.map(|(line, _)| line).collect::<Vec<_>>().join("\n")),
            });
        }
        self.heights.push(height(count));
    }
}

/// The height of a row of `lines` lines in points.
fn height(lines: usize) -> f64 {
    let lines = lines as f64;
    lines * LINE + (lines - 1.0) * LEADING + 2.0 * INSET_Y
}

fn wrap(column: &TableColumn, text: &str, anchors: &Anchors<'_>) -> Vec<(String, i64)> {
    let (typeface, size) = column.kind.typeface();
    let measure = Measure { typeface, size, width: column.width - 2.0 * INSET_X };
    match column.kind {
        Kind::Mark => vec![(text.to_owned(), -1)],
        Kind::Target => target(&measure, text, anchors),
        Kind::Subject => subject(&measure, text),
        Kind::Evidence | Kind::Identifiers => text.split(' ').flat_map(|id| link(&measure, id, anchors)).collect(),
        _ => text.split('\n').flat_map(|part| measure.wrap(part)).map(|line| (line, -1)).collect(),
    }
}

fn link(measure: &Measure, id: &str, anchors: &Anchors<'_>) -> Vec<(String, i64)> {
    let anchor = place(id, anchors);
    identifier(measure, id).into_iter().map(|line| (line, anchor)).collect()
}

/// An evidence id that is too long for a line breaks before its period, which is read most.
fn identifier(measure: &Measure, id: &str) -> Vec<String> {
    match (measure.wrap(id), id.rfind('.')) {
        (lines, Some(dot)) if lines.len() > 1 => {
            let (source, period) = id.split_at(dot + 1);
            measure.wrap(source).into_iter().chain(measure.wrap(period)).collect()
        }
        (lines, _) => lines,
    }
}

/// Only the first line is a target: a name is given once.
fn target(measure: &Measure, text: &str, anchors: &Anchors<'_>) -> Vec<(String, i64)> {
    let (id, asked) = text.split_once('\n').unwrap_or((text, ""));
    let mut lines: Vec<_> = identifier(measure, id).into_iter().map(|line| (line, -1)).collect();
    if let Some(first) = lines.first_mut() {
        first.1 = place(id, anchors);
    }
    let asked = asked.split('\n').flat_map(|part| measure.wrap(part));
    lines.extend(asked.filter(|line| !line.is_empty()).map(|line| (line, -1)));
    lines
}

fn subject(measure: &Measure, text: &str) -> Vec<(String, i64)> {
    let (subject, identifier) = text.rsplit_once('\n').unwrap_or((text, ""));
    let (typeface, size) = Kind::Code.typeface();
    let below = Measure { typeface, size, width: measure.width };
    let mut lines: Vec<_> = measure.wrap(subject).into_iter().map(|line| (line, 0)).collect();
    lines.extend(below.wrap(identifier).into_iter().map(|line| (line, -1)));
    lines
}

fn place(id: &str, anchors: &Anchors<'_>) -> i64 {
    anchors.get(id).and_then(|anchor| i64::try_from(*anchor).ok()).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [TableColumn; 2] = [
        TableColumn { title: "Subject", kind: Kind::Text, width: 60.0 },
        TableColumn { title: "Evidence", kind: Kind::Evidence, width: 200.0 },
    ];

    #[test]
    fn a_row_that_is_higher_than_a_page_continues_in_another() {
        let mut table = Table::new(&COLUMNS);
        let long = vec!["word"; 2000].join(" ");
        table.row(&[long.clone(), "a.b.2026".to_owned()], &Anchors::new());
        assert!(table.heights.len() > 10);
        assert!(table.heights.iter().all(|height| *height < 600.0));
        let shown: String = table.cells.iter().step_by(2).map(|cell| format!("{cell:?}")).collect();
        assert_eq!(shown.matches("word").count(), 2000);
    }

    #[test]
    fn an_evidence_id_without_a_place_in_the_trail_is_shown_without_a_link() {
        let mut table = Table::new(&COLUMNS);
        table.row(&["x".to_owned(), "a.b.2026 a.b.2025".to_owned()], &Anchors::from([("a.b.2026", 7)]));
        let linked = vec![("a.b.2026".to_owned(), 7), ("a.b.2025".to_owned(), -1)];
        assert_eq!(table.cells[1], TableCell::Linked(linked));
    }
}
