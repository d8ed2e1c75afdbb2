//! Key figures, requirements, and where the exceptions are.

use super::{outcome, soft, thousands};
use domain::{Outcome, Report, RequirementEntry};
use serde::Serialize;

/// How many controls the chart of exceptions shows.
const CHARTED_CONTROLS: usize = 8;

/// What stands in the place of an outcome where no control answers for a requirement.
const NO_CONTROL: &str = "no_control";

#[derive(Debug, Serialize)]
pub(crate) struct SummaryView {
    /// Key figures as text: name and value.
    figures: Vec<(&'static str, String)>,
    /// Outcome, and the number of controls with it; from best to worst.
    outcomes: Vec<(&'static str, u64)>,
    /// Severity, and the number of exceptions with it; from worst to best.
    severities: Vec<(&'static str, u64)>,
    /// The controls with most exceptions.
    busiest: Vec<BusyControl>,
    requirements: Vec<RequirementView>,
    /// Outcome, or that there is no control, and the number of requirements with it.
    requirement_outcomes: Vec<(&'static str, usize)>,
    /// One sentence that concludes.
    conclusion: String,
}

#[derive(Debug, Serialize)]
struct BusyControl {
    control: String,
    title: String,
    outcome: &'static str,
    exceptions: u64,
    shown: String,
}

#[derive(Debug, Serialize)]
pub(super) struct RequirementView {
    requirement: String,
    title: String,
    controls: Vec<String>,
    outcome: &'static str,
}

pub(super) fn summary(report: &Report) -> SummaryView {
    let summary = &report.summary;
    SummaryView {
        figures: figures(report),
        outcomes: vec![
            ("pass", summary.pass),
            ("partial", summary.partial),
            ("fail", summary.fail),
            ("not_evaluated", summary.not_evaluated),
        ],
        severities: vec![
            ("critical", summary.critical),
            ("high", summary.high),
            ("medium", summary.medium),
            ("low", summary.low),
        ],
        busiest: busiest(report),
        requirements: report.requirements.iter().map(requirement).collect(),
        requirement_outcomes: requirement_outcomes(report),
        conclusion: conclusion(report),
    }
}

pub(super) fn requirement(entry: &RequirementEntry) -> RequirementView {
    RequirementView {
        requirement: entry.requirement.to_string(),
        title: soft(&entry.title),
        controls: entry.controls.iter().map(ToString::to_string).collect(),
        outcome: requirement_outcome(entry),
    }
}

/// The outcome of its controls; of a requirement without controls nothing was asked, which is not the same as no answer.
pub(crate) fn requirement_outcome(entry: &RequirementEntry) -> &'static str {
    if entry.controls.is_empty() { NO_CONTROL } else { outcome(entry.outcome) }
}

fn figures(report: &Report) -> Vec<(&'static str, String)> {
    let summary = &report.summary;
    vec![
        ("Controls in scope", thousands(summary.controls)),
        ("Rows examined", thousands(summary.examined)),
        ("Exceptions", thousands(summary.exceptions)),
        ("Pieces of evidence", thousands(report.coverage.collected)),
        ("Rows of evidence", thousands(summary.evidence_rows)),
    ]
}

fn busiest(report: &Report) -> Vec<BusyControl> {
    let mut findings: Vec<_> = report.findings.iter().filter(|finding| finding.exceptions > 0).collect();
    findings.sort_by(|a, b| b.exceptions.cmp(&a.exceptions).then_with(|| a.control.cmp(&b.control)));
    let shown = findings.into_iter().take(CHARTED_CONTROLS).map(|finding| BusyControl {
        control: finding.control.to_string(),
        title: soft(&finding.title),
        outcome: outcome(finding.outcome),
        exceptions: finding.exceptions,
        shown: thousands(finding.exceptions),
    });
    shown.collect()
}

fn requirement_outcomes(report: &Report) -> Vec<(&'static str, usize)> {
    let count = |wanted| report.requirements.iter().filter(|entry| requirement_outcome(entry) == wanted).count();
    let outcomes = [Outcome::Pass, Outcome::Partial, Outcome::Fail, Outcome::NotEvaluated].map(outcome);
    outcomes.into_iter().chain([NO_CONTROL]).map(|wanted| (wanted, count(wanted))).collect()
}

fn conclusion(report: &Report) -> String {
    let summary = &report.summary;
    let coverage = &report.coverage;
    format!(
        "Of {} in scope, {} passed, {} passed in part, {} failed and {} could not be evaluated. {} of {} pieces of \
         evidence that were due were collected; {} among {}.",
        counted(summary.controls, "control", "controls"),
        thousands(summary.pass),
        thousands(summary.partial),
        thousands(summary.fail),
        thousands(summary.not_evaluated),
        thousands(coverage.collected),
        thousands(coverage.expected),
        exceptions(summary.exceptions),
        counted(summary.examined, "examined row", "examined rows"),
    )
}

fn exceptions(count: u64) -> String {
    match count {
        0 => "no exception was found".to_owned(),
        1 => "1 exception was found".to_owned(),
        _ => format!("{} exceptions were found", thousands(count)),
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}
