//! What the tests of the formats share.

use domain::{Report, ReportFormat};
use rendering::{Templates, render, sample};
use std::{collections::BTreeMap, fs, path::Path};

/// The templates of the shipped catalog.
pub fn templates() -> Templates {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/templates");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("templates/{}", entry.file_name().to_str().unwrap());
        files.insert(name, fs::read_to_string(entry.path()).unwrap());
    }
    Templates::new(files).unwrap()
}

/// A sample report.
pub fn report(rows: usize) -> Report {
    sample::report(rows).unwrap()
}

/// The bytes of a report.
pub fn rendered(report: &Report, format: ReportFormat) -> Vec<u8> {
    render(report, format, &templates()).unwrap()
}

/// A sample report in which each of `texts` stands everywhere that text from outside can stand.
#[allow(dead_code, reason = "not every test crate needs it")]
pub fn report_with(texts: &[String]) -> Report {
    let mut report = report(60 + texts.len());
    let rows = report.findings.iter_mut().flat_map(|finding| &mut finding.rows);
    for (row, text) in rows.zip(texts) {
        row.subject = text.clone();
        row.detail = text.clone();
        row.values = row.values.iter().map(|_| domain::evidence::Cell::Text(text.clone())).collect();
    }
    let everything = texts.iter().take(40).cloned().collect::<Vec<_>>().join(" ");
    report.framework_title = everything.clone();
    report.framework_version = everything.clone();
    for finding in report.findings.iter_mut().take(1) {
        finding.title = everything.clone();
        finding.description = everything.clone();
        finding.reason = everything.clone();
        finding.remediation = everything.clone();
    }
    for entry in report.requirements.iter_mut().take(1) {
        entry.title = everything.clone();
    }
    for query in report.queries.iter_mut().take(2) {
        query.answers = everything.clone();
        query.text = everything.clone();
    }
    for entry in report.evidence.iter_mut().take(1) {
        entry.endpoint = everything.clone();
        entry.collector = everything.clone();
    }
    for gap in report.coverage.gaps.iter_mut().take(1) {
        gap.reason = domain::GapReason::Failed { error: everything.clone(), message: everything.clone() };
    }
    report
}
