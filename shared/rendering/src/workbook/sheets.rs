//! The sheets that are one table each.

use super::{formats::Formats, sheet::Sheet};
use crate::{
    RenderError,
    view::{gap_reason, worst_first},
};
use domain::{
    EvidenceEntry, EvidenceId, Finding, FindingRow, QueryEntry, Report, RequirementEntry,
    evidence::{Cell, RawSummary},
};
use rust_xlsxwriter::Workbook;

/// Files of the source that one piece of evidence names.
const SHOWN_FILES: usize = 20;

pub(super) fn requirements(workbook: &mut Workbook, report: &Report, formats: &Formats) -> Result<(), RenderError> {
    let columns = [("Requirement", 16), ("Title", 70), ("Outcome of its controls", 22), ("Controls", 60)];
    let mut sheet = Sheet::new(workbook, formats, "Requirements", &columns, 1, report.requirements.len())?;
    for entry in &report.requirements {
        sheet.text(entry.requirement.as_str())?.wrapped(&entry.title)?.requirement(entry)?;
        sheet.wrapped(&joined(&entry.controls))?.end_row()?;
    }
    Ok(())
}

pub(super) fn coverage(workbook: &mut Workbook, report: &Report, formats: &Formats) -> Result<(), RenderError> {
    let columns =
        [("Missing evidence", 46), ("Control", 26), ("Source", 20), ("Period", 14), ("State", 20), ("Reason", 80)];
    let mut sheet = Sheet::new(workbook, formats, "Coverage gaps", &columns, 1, report.coverage.gaps.len())?;
    for gap in &report.coverage.gaps {
        let (state, reason) = gap_reason(&gap.reason);
        sheet.code(gap.evidence_id.as_str())?.text(gap.control.as_str())?.text(gap.source.as_str())?;
        sheet.text(&gap.period.to_string())?.text(&state)?.text(&reason)?.end_row()?;
    }
    Ok(())
}

pub(super) fn findings(workbook: &mut Workbook, report: &Report, formats: &Formats) -> Result<(), RenderError> {
    let columns = [
        ("Control", 26),
        ("Title", 40),
        ("Outcome", 14),
        ("Severity", 11),
        ("Requirements", 24),
        ("Reason", 60),
        ("Examined", 11),
        ("Exceptions", 11),
        ("Expected evidence", 18),
        ("Collected evidence", 18),
        ("Finding query", 28),
        ("Description", 70),
        ("Remediation", 70),
    ];
    let mut sheet = Sheet::new(workbook, formats, "Findings", &columns, 1, report.findings.len())?;
    for finding in &report.findings {
        let covered = report.coverage.controls.iter().find(|covered| covered.control == finding.control);
        sheet.text(finding.control.as_str())?.wrapped(&finding.title)?.outcome(finding.outcome)?;
        sheet.severity(finding.severity)?.wrapped(&requirement_ids(&finding.requirements))?.wrapped(&finding.reason)?;
        sheet.count(finding.examined)?.count(finding.exceptions)?;
        sheet.count(covered.map_or(0, |covered| covered.expected))?;
        sheet.count(covered.map_or(0, |covered| covered.collected))?;
        sheet.text(&finding.query)?.wrapped(&finding.description)?.wrapped(&finding.remediation)?.end_row()?;
    }
    Ok(())
}

pub(super) fn exceptions(workbook: &mut Workbook, report: &Report, formats: &Formats) -> Result<(), RenderError> {
    let exceptions = worst_first(report);
    let mut sheet = row_sheet(workbook, formats, "Exceptions", exceptions.len())?;
    write_rows(&mut sheet, exceptions.into_iter())
}

pub(super) fn examined(workbook: &mut Workbook, report: &Report, formats: &Formats) -> Result<(), RenderError> {
    let count = report.findings.iter().map(|finding| finding.rows.len()).sum();
    let mut sheet = row_sheet(workbook, formats, "Examined rows", count)?;
    let rows = report.findings.iter().flat_map(|finding| finding.rows.iter().map(move |row| (finding, row)));
    write_rows(&mut sheet, rows)
}

fn row_sheet<'a>(
    workbook: &'a mut Workbook,
    formats: &'a Formats,
    name: &'static str,
    rows: usize,
) -> Result<Sheet<'a>, RenderError> {
    let columns = [
        ("Control", 22),
        ("Subject", 40),
        ("Outcome", 14),
        ("Severity", 11),
        ("Requirements", 20),
        ("Detail", 60),
        ("Further values", 60),
        ("Evidence (first, last)", 46),
    ];
    Sheet::new(workbook, formats, name, &columns, 2, rows)
}

fn write_rows<'a>(
    sheet: &mut Sheet<'_>,
    rows: impl Iterator<Item = (&'a Finding, &'a FindingRow)>,
) -> Result<(), RenderError> {
    for (finding, row) in rows {
        sheet.text(finding.control.as_str())?.wrapped(&row.subject)?.outcome(row.outcome)?.severity(row.severity)?;
        sheet.text(&requirement_ids(&finding.requirements))?.wrapped(&row.detail)?;
        let evidence: Vec<_> = row.evidence.iter().map(EvidenceId::as_str).collect();
        sheet.wrapped(&further_values(finding, row))?.wrapped_code(&evidence.join("\n"))?.end_row()?;
    }
    Ok(())
}

/// The further columns that have a value: `mfa_enabled=yes · groups=3`.
fn further_values(finding: &Finding, row: &FindingRow) -> String {
    let named = finding.columns.iter().zip(&row.values);
    let values = named.filter(|(_, value)| !matches!(value, Cell::Null));
    values.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" · ")
}

pub(super) fn evidence(workbook: &mut Workbook, report: &Report, formats: &Formats) -> Result<(), RenderError> {
    let columns = [
        ("Evidence", 46),
        ("Control", 26),
        ("Source", 20),
        ("Period", 14),
        ("Query", 32),
        ("Endpoint", 48),
        ("Parameters", 32),
        ("Executed at", 24),
        ("Executed by", 32),
        ("Collector", 24),
        ("Rows", 10),
        ("Source's count", 14),
        ("SHA-256", 68),
        ("Source files (SHA-256)", 100),
        ("Bytes", 12),
        ("Object version", 32),
    ];
    let mut sheet = Sheet::new(workbook, formats, "Evidence", &columns, 1, report.evidence.len())?;
    report.evidence.iter().try_for_each(|entry| evidence_row(&mut sheet, entry))
}

fn evidence_row(sheet: &mut Sheet<'_>, entry: &EvidenceEntry) -> Result<(), RenderError> {
    let parameters: Vec<String> = entry.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    sheet.code(entry.evidence_id.as_str())?.text(entry.control.as_str())?.text(entry.source.as_str())?;
    sheet
        .text(&entry.period.to_string())?
        .text(&entry.query)?
        .text(&entry.endpoint)?
        .wrapped(&parameters.join("\n"))?;
    sheet.text(&entry.executed_at.to_string())?.text(entry.executed_by.as_str())?.text(&entry.collector)?;
    sheet.count(entry.row_count)?.optional_count(entry.source_count)?.code(&entry.digest.to_string())?;
    sheet.wrapped_code(&source_files(&entry.raw))?.count(entry.length)?.code(&entry.version)?.end_row()?;
    Ok(())
}

/// Lines of digest and name of the source's own files.
fn source_files(files: &[RawSummary]) -> String {
    let withheld = |file: &RawSummary| if file.withheld { " withheld: a keyed hash" } else { "" };
    let shown = files.iter().take(SHOWN_FILES).map(|file| format!("{} {}{}", file.digest, file.name, withheld(file)));
    let more = files.len().saturating_sub(SHOWN_FILES);
    let rest = (more > 0).then(|| format!("and {more} more in the JSON"));
    shown.chain(rest).collect::<Vec<_>>().join("\n")
}

pub(super) fn queries(workbook: &mut Workbook, report: &Report, formats: &Formats) -> Result<(), RenderError> {
    let columns = [("Query", 34), ("Version", 9), ("Answers", 60), ("SHA-256", 68), ("Columns", 40), ("Text", 120)];
    let mut sheet = Sheet::new(workbook, formats, "Queries", &columns, 1, report.queries.len())?;
    report.queries.iter().try_for_each(|query| query_row(&mut sheet, query))
}

fn query_row(sheet: &mut Sheet<'_>, query: &QueryEntry) -> Result<(), RenderError> {
    let columns: Vec<&str> = query.columns.iter().map(|column| column.name.as_str()).collect();
    sheet.text(&query.name)?.count(query.version.into())?.wrapped(&query.answers)?;
    sheet.code(&query.digest.to_string())?.wrapped(&columns.join(", "))?.code(&query.text)?.end_row()?;
    Ok(())
}

fn requirement_ids(requirements: &[RequirementEntry]) -> String {
    requirements.iter().map(|entry| entry.requirement.as_str()).collect::<Vec<_>>().join(" ")
}

fn joined<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
