//! The report as the templates receive it: every text visible, every long table wrapped and measured.
//!
//! It is data for `json("view.json")`; what each member means is said here, for the person who edits the templates.

mod coverage;
mod examined;
mod findings;
mod span;
mod summary;
mod trail;

pub(crate) use coverage::gap_reason;
pub(crate) use findings::worst_first;
pub(crate) use summary::requirement_outcome;

use crate::{
    RENDERER,
    table::{self, Anchors, Kind},
    typeface::Typeface,
    visible::visible,
    wrapping::Measure,
};
use domain::{EvidenceId, Outcome, Report, Severity};
use serde::Serialize;

/// The width of the text on a page in points: A4 less 48 points on each side.
pub(crate) const TEXT_WIDTH: f64 = 499.0;

/// Everything the templates show.
#[derive(Debug, Serialize)]
pub(crate) struct View {
    layout: Layout,
    document: Document,
    summary: summary::SummaryView,
    coverage: coverage::CoverageView,
    findings: Vec<findings::FindingView>,
    /// Every row that is not `pass`, worst first.
    register: table::Table,
    /// The controls' rows, in stretches that each begin a new page.
    examined: Vec<Vec<examined::ExaminedView>>,
    trail: trail::TrailView,
}

/// The measures the tables were wrapped with, in points; the templates have to set the same.
#[derive(Debug, Serialize)]
struct Layout {
    /// False lets the layout find the height of each row itself: slower, and only to check that it agrees.
    fixed: bool,
    width: f64,
    line: f64,
    leading: f64,
    inset_x: f64,
    inset_y: f64,
    text_size: f64,
    code_size: f64,
}

/// What identifies the document.
#[derive(Debug, Serialize)]
struct Document {
    report_id: String,
    short_id: String,
    tenant: String,
    framework: String,
    title: String,
    version: String,
    period: String,
    period_start: String,
    period_end: String,
    snapshot: String,
    catalog: String,
    templates: String,
    format: String,
    renderer: &'static str,
    parameters: Vec<(String, String)>,
}

impl View {
    /// The view of a report.
    pub(crate) fn new(report: &Report, fixed: bool) -> Self {
        let anchors = trail::anchors(report);
        Self {
            layout: Layout::new(fixed),
            document: Document::new(report),
            summary: summary::summary(report),
            coverage: coverage::coverage(report),
            findings: report.findings.iter().map(|finding| findings::finding(report, finding, &anchors)).collect(),
            register: findings::register(report, &anchors),
            examined: examined::stretches(report, &anchors),
            trail: trail::trail(report, &anchors),
        }
    }
}

impl Layout {
    fn new(fixed: bool) -> Self {
        Self {
            fixed,
            width: TEXT_WIDTH,
            line: table::LINE,
            leading: table::LEADING,
            inset_x: table::INSET_X,
            inset_y: table::INSET_Y,
            text_size: Kind::Text.typeface().1,
            code_size: Kind::Code.typeface().1,
        }
    }
}

impl Document {
    fn new(report: &Report) -> Self {
        let inputs = &report.inputs;
        Self {
            report_id: report.report_id.to_string(),
            short_id: report.report_id.short(),
            tenant: inputs.tenant.to_string(),
            framework: inputs.framework.to_string(),
            title: soft(&report.framework_title),
            version: soft(&report.framework_version),
            period: inputs.period.to_string(),
            period_start: instant(inputs.period.start()),
            period_end: instant(inputs.period.end()),
            snapshot: inputs.snapshot.to_string(),
            catalog: inputs.catalog.to_string(),
            templates: inputs.templates.to_string(),
            format: soft(&inputs.format),
            renderer: RENDERER,
            parameters: inputs.parameters.iter().map(|(name, value)| (soft(name), soft(value))).collect(),
        }
    }
}

/// `2026-07-01 00:00:00 UTC`, with the fraction of a second where there is one.
fn instant(instant: domain::Timestamp) -> String {
    let text = instant.to_string();
    format!("{} UTC", text.trim_end_matches('Z').replace('T', " "))
}

/// Visible text for a paragraph: words wider than 200 points get places at which they may break.
fn soft(text: &str) -> String {
    let measure = Measure { typeface: Typeface::Sans, size: 9.0, width: 200.0 };
    let words = visible(text);
    let words = words.split(' ').map(|word| measure.wrap(word).join("\u{200b}"));
    words.collect::<Vec<_>>().join(" ")
}

/// `12,345`
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Evidence ids joined by spaces.
fn joined(evidence: &[EvidenceId]) -> String {
    evidence.iter().map(EvidenceId::as_str).collect::<Vec<_>>().join(" ")
}

/// The name of an outcome, as the templates know it.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Partial => "partial",
        Outcome::Fail => "fail",
        Outcome::NotEvaluated => "not_evaluated",
    }
}

/// The name of a severity, as the templates know it.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}

/// The mark of a row: its outcome, and its severity where it is an exception.
fn mark(row: &domain::FindingRow) -> String {
    match row.outcome {
        Outcome::Pass => "pass".to_owned(),
        other => format!("{} {}", outcome(other), severity(row.severity)),
    }
}

/// Anchors that are given to tables without links.
fn no_anchors() -> Anchors<'static> {
    Anchors::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown: Vec<String> = [0, 999, 1000, 12_345, 1_234_567].into_iter().map(thousands).collect();
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn only_long_words_get_places_to_break() {
        assert_eq!(soft("short words stay"), "short words stay");
        let arn = format!("see arn:aws:s3:::{} here", "bucket/".repeat(20));
        assert!(soft(&arn).contains('\u{200b}'));
        assert_eq!(soft(&arn).replace('\u{200b}', ""), arn);
    }
}
