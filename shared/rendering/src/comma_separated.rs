//! All examined rows as one table of comma-separated values (RFC 4180), in UTF-8 without byte order mark.
//!
//! Columns: `report_id`, `framework`, `period` (the same in every record, so that tables of several reports can be joined),
//! `control`, `requirements`, `outcome`, `severity`, `subject`, `detail`, `evidence_ids`, `evidence_sha256` (both lists
//! joined by spaces, in the same order), then `value.<name>` for each further column of any finding, in order of
//! first appearance. A column that a finding does not have is empty. Text stands in quotes, numbers do not.
//!
//! Spreadsheets run text as a formula that begins with `=`, `+`, `-` or `@`. Following OWASP ("CSV Injection"), an
//! apostrophe is put before such a character where it begins a text, and where it follows a separator, quote or line end
//! inside one (a program that splits at another separator would see a new cell there). Tabs and carriage returns at the
//! beginning are guarded the same way, and so are the full-width forms of these characters. XLSX and JSON have the text
//! without apostrophes.

use crate::view::{outcome, severity};
use domain::{Digest, EvidenceId, Finding, FindingRow, Report, evidence::Cell};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

const FIXED: [&str; 11] = [
    "report_id",
    "framework",
    "period",
    "control",
    "requirements",
    "outcome",
    "severity",
    "subject",
    "detail",
    "evidence_ids",
    "evidence_sha256",
];

/// The bytes of the CSV.
pub(crate) fn render(report: &Report) -> Vec<u8> {
    let names = value_names(report);
    let digests = report.evidence.iter().map(|entry| (&entry.evidence_id, entry.digest)).collect();
    let inputs = &report.inputs;
    let identity = [report.report_id.to_string(), inputs.framework.to_string(), inputs.period.to_string()];
    let mut lines = Lines::default();
    FIXED.iter().for_each(|name| lines.text(name));
    names.iter().for_each(|name| lines.text(&format!("value.{name}")));
    lines.end();
    for finding in &report.findings {
        for row in &finding.rows {
            identity.iter().for_each(|part| lines.text(part));
            write_row(&mut lines, finding, row, &names, &digests);
        }
    }
    lines.bytes
}

/// The names of all further columns, in order of first appearance.
fn value_names(report: &Report) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let names = report.findings.iter().flat_map(|finding| &finding.columns).map(String::as_str);
    names.filter(|name| seen.insert(*name)).collect()
}

/// The value of a row in the column of that name.
fn value<'a>(finding: &Finding, row: &'a FindingRow, name: &str) -> Option<&'a Cell> {
    let index = finding.columns.iter().position(|column| column == name)?;
    row.values.get(index)
}

fn write_row(
    lines: &mut Lines,
    finding: &Finding,
    row: &FindingRow,
    names: &[&str],
    digests: &BTreeMap<&EvidenceId, Digest>,
) {
    let digest = |id: &EvidenceId| digests.get(id).map(ToString::to_string).unwrap_or_default();
    lines.text(finding.control.as_str());
    lines.text(&joined(finding.requirements.iter().map(|entry| entry.requirement.to_string())));
    lines.text(outcome(row.outcome));
    lines.text(severity(row.severity));
    lines.text(&row.subject);
    lines.text(&row.detail);
    lines.text(&joined(row.evidence.iter().map(ToString::to_string)));
    lines.text(&joined(row.evidence.iter().map(digest)));
    for name in names {
        lines.cell(value(finding, row, name));
    }
    lines.end();
}

fn joined(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    inside: bool,
}

impl Lines {
    fn text(&mut self, text: &str) {
        let quoted = format!("\"{}\"", defuse(text).replace('"', "\"\""));
        self.bare(&quoted);
    }

    fn bare(&mut self, field: &str) {
        if self.inside {
            self.bytes.push(b',');
        }
        self.bytes.extend_from_slice(field.as_bytes());
        self.inside = true;
    }

    fn cell(&mut self, cell: Option<&Cell>) {
        match cell {
            None | Some(Cell::Null) => self.bare(""),
            Some(Cell::Boolean(value)) => self.bare(if *value { "true" } else { "false" }),
            Some(number @ (Cell::Integer(_) | Cell::Real(_))) => self.bare(&number.to_string()),
            Some(Cell::Text(text)) => self.text(text),
        }
    }

    fn end(&mut self) {
        self.bytes.extend_from_slice(b"\r\n");
        self.inside = false;
    }
}

/// The text with an apostrophe before each character that could begin a formula.
fn defuse(text: &str) -> Cow<'_, str> {
    let mut defused = String::new();
    let mut kept = 0;
    let mut begins = true;
    for (index, character) in text.char_indices() {
        if begins && starts_formula(character, index) {
            defused.push_str(text.get(kept..index).unwrap_or_default());
            defused.push('\'');
            kept = index;
        }
        begins = (begins && is_blank(character)) || ends_cell(character);
    }
    if kept == 0 && defused.is_empty() {
        return Cow::Borrowed(text);
    }
    defused.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(defused)
}

fn starts_formula(character: char, index: usize) -> bool {
    let formula = matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    formula || (index == 0 && matches!(character, '\t' | '\r' | '\n'))
}

/// What a spreadsheet skips before a formula.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character.is_control() || matches!(character, '\u{feff}' | '\u{200b}')
}

/// After these some program begins a new cell.
fn ends_cell(character: char) -> bool {
    matches!(character, ',' | ';' | '|' | '\t' | '\r' | '\n' | '"' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_begin_a_formula_gets_an_apostrophe() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("  =1", "  '=1"),
            ("\t=1", "'\t'=1"),
            ("\rx", "'\rx"),
            ("a,=1", "a,'=1"),
            ("a;\"=1\"", "a;\"'=1\""),
            ("a\n@b", "a\n'@b"),
            ("＝1", "'＝1"),
            ("\u{feff}=1", "\u{feff}'=1"),
        ] {
            assert_eq!(defuse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn text_that_begins_no_formula_is_left_alone() {
        for text in ["", "ana@acme.example", "2026-07-01", "a=b", "1 - 2", "arn:aws:iam::1:role/x", "Zoë"] {
            assert_eq!(defuse(text), text);
        }
    }
}
