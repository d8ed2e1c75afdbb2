//! Checkov's JSON (<https://www.checkov.io/2.Basics/Reviewing%20Scan%20Results.html>): `results.failed_checks[]`, `passed_checks[]`
//! and `skipped_checks[]`, in one object or in one for each framework.

use super::{
    finding::{Finding, first, place},
    report::Report,
    severity::{Severity, UNKNOWN},
    status::Status,
    table::Table,
};
use crate::CollectError;
use serde::Deserialize;
use serde_json::value::RawValue;

const FORMAT: &str = "Checkov";

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow)]
    results: Option<Lists<'a>>,
    passed: Option<u64>,
    failed: Option<u64>,
}

#[derive(Deserialize)]
struct Lists<'a> {
    #[serde(borrow)]
    passed_checks: Option<&'a RawValue>,
    #[serde(borrow)]
    failed_checks: Option<&'a RawValue>,
    #[serde(borrow)]
    skipped_checks: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Check {
    check_id: String,
    check_name: Option<String>,
    severity: Option<String>,
    resource: Option<String>,
    file_path: Option<String>,
    repo_file_path: Option<String>,
    /// −1 where there is none.
    file_line_range: Option<Vec<i64>>,
    vulnerability_details: Option<Vulnerability>,
    short_description: Option<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: Option<String>,
}

pub(super) fn read<'a>(report: &Report<'a>, json: &'a str, table: &mut Table<'_>) -> Result<(), CollectError> {
    let output: Output<'a> = report.parse(FORMAT, json)?;
    let Some(lists) = output.results else { return check_empty(report, json, &output) };
    let each = [
        ("failed_checks", lists.failed_checks, Status::Open),
        ("passed_checks", lists.passed_checks, Status::Passed),
        ("skipped_checks", lists.skipped_checks, Status::Suppressed),
    ];
    for (name, list, status) in each {
        for json in report.elements(name, list.map_or("[]", RawValue::get))? {
            table.row(json, &finding(report, json, status)?)?;
        }
    }
    Ok(())
}

/// Only counts: `{"passed": 0, "failed": 0, …}`.
fn check_empty(report: &Report<'_>, json: &str, output: &Output<'_>) -> Result<(), CollectError> {
    match (output.passed, output.failed) {
        (Some(0), Some(0)) => Ok(()),
        _ => {
            Err(report
                .refuse(json, "this has Checkov's counts and not its checks; have it write them with --output json"))
        }
    }
}

fn finding<'a>(report: &Report<'a>, json: &'a str, status: Status) -> Result<Finding, CollectError> {
    let check: Check = report.parse(FORMAT, json)?;
    let severity = check.severity.as_deref().map_or(Some(UNKNOWN), Severity::of_word);
    let file = first([check.repo_file_path.as_deref(), check.file_path.as_deref()]);
    let lines = check.file_line_range.as_deref().unwrap_or_default();
    let line = |line: Option<&i64>| line.and_then(|line| u64::try_from(*line).ok());
    let title = first([check.check_name.as_deref(), check.short_description.as_deref()]);
    Ok(Finding {
        tool: FORMAT.to_owned(),
        target: first([check.resource.as_deref(), file.as_deref()])
            .ok_or_else(|| report.refuse(json, "this check names neither a resource nor a file"))?,
        title: title.unwrap_or_else(|| check.check_id.clone()),
        rule: check.check_id,
        severity: severity
            .ok_or_else(|| report.refuse(json, "its severity is none of CRITICAL, HIGH, MEDIUM, LOW, INFO, NONE"))?,
        status,
        location: place(file.as_deref(), line(lines.first()), line(lines.last())),
        first_seen: None,
        last_seen: None,
        identifier: check.vulnerability_details.and_then(|weakness| weakness.id),
    })
}
