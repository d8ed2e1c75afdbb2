//! Prowler's CSV, version 3 and later (<https://docs.prowler.com/projects/prowler-open-source/en/latest/tutorials/reporting/>).
//! Its times have no zone and are none.

use super::{finding::Finding, report::Report, severity::Severity, status::Status, table::Table};
use crate::{
    CollectError, Place,
    answer::csv::{Ambiguous, Records},
};
use std::borrow::Cow;

const SEPARATOR: u8 = b';';

/// The columns that are read, in this order.
const COLUMNS: [&str; 8] =
    ["PROVIDER", "CHECK_ID", "CHECK_TITLE", "STATUS", "MUTED", "SEVERITY", "RESOURCE_UID", "REGION"];

/// Whether the text begins with Prowler's header line.
pub(super) fn is_header(text: &str) -> bool {
    let line = text.split('\n').next().unwrap_or_default();
    let headers: Vec<&str> =
        line.trim_end().split(char::from(SEPARATOR)).map(|header| header.trim_matches('"')).collect();
    COLUMNS.iter().all(|column| headers.contains(column))
}

pub(super) fn read(report: &Report<'_>, table: &mut Table<'_>) -> Result<(), CollectError> {
    let ambiguous = |wrong: Ambiguous| malformed(report, wrong.line, wrong.reason);
    let mut records = Records::new(report.text, SEPARATOR);
    let mut fields = Vec::new();
    records.next(&mut fields).map_err(ambiguous)?;
    let width = fields.len();
    let at = COLUMNS.map(|column| fields.iter().position(|header| header == column));
    while let Some(line) = records.next(&mut fields).map_err(ambiguous)? {
        if fields.len() != width {
            return Err(malformed(report, line, "this record has not as many fields as the header line"));
        }
        let values = at.map(|position| position.and_then(|position| fields.get(position)).map_or("", Cow::as_ref));
        let finding = finding(values).map_err(|reason| malformed(report, line, reason))?;
        // A slice of the text, for the line of what is wrong with a cell.
        let part = fields.first().and_then(|field| if let Cow::Borrowed(part) = field { Some(*part) } else { None });
        table.row(part.unwrap_or_default(), &finding)?;
    }
    Ok(())
}

fn finding(values: [&str; 8]) -> Result<Finding, &'static str> {
    let [provider, check, title, status, muted, severity, resource, region] = values;
    Ok(Finding {
        tool: "Prowler".to_owned(),
        target: if resource.is_empty() { provider } else { resource }.to_owned(),
        rule: check.to_owned(),
        title: if title.is_empty() { check } else { title }.to_owned(),
        severity: Severity::of_word(severity)
            .ok_or("its SEVERITY is none of critical, high, medium, low, informational")?,
        status: status_of(status, muted)?,
        location: (!region.is_empty()).then(|| region.to_owned()),
        first_seen: None,
        last_seen: None,
        identifier: None,
    })
}

/// What has to be looked at by a person was not examined: it counts as open.
fn status_of(status: &str, muted: &str) -> Result<Status, &'static str> {
    match (status, muted) {
        ("PASS", _) => Ok(Status::Passed),
        ("FAIL" | "MANUAL", "True") | ("MUTED", _) => Ok(Status::Suppressed),
        ("FAIL" | "MANUAL", "False" | "") => Ok(Status::Open),
        _ => Err("its STATUS is none of PASS, FAIL, MANUAL, or its MUTED neither True nor False"),
    }
}

fn malformed(report: &Report<'_>, line: u64, reason: &str) -> CollectError {
    CollectError::Malformed { file: report.file.to_owned(), place: Place::Line(line), reason: reason.to_owned() }
}
