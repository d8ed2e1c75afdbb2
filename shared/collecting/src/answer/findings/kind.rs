//! Which scanner's report a text is, by what is in it.

use super::{prowler, report::Report};
use crate::{
    CollectError,
    answer::json::{check, is_array, is_object},
};
use serde::de::IgnoredAny;
use std::collections::BTreeSet;

/// A kind of report, or of a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One finding.
    Asff,
    /// `{"Findings": [...]}`
    AsffBatch,
    Checkov,
    CycloneDx,
    Hdf,
    Ocsf,
    Sarif,
    Trivy,
}

/// How a text is written.
pub(super) enum Shape<'a> {
    Xml,
    Csv,
    /// One JSON object.
    Document(&'a str),
    /// One JSON array.
    Array(&'a str),
    /// A JSON object on each line.
    Lines,
}

/// A kind, and sets of members of which all are in an object of that kind, and in none of another.
const MARKS: [(Kind, &[&[&str]]); 8] = [
    (Kind::Asff, &[&["SchemaVersion", "ProductArn"]]),
    (Kind::AsffBatch, &[&["Findings"]]),
    // Where nothing was checked, Checkov writes only its counts.
    (Kind::Checkov, &[&["check_type", "results"], &["checkov_version", "passed", "failed"]]),
    (Kind::CycloneDx, &[&["bomFormat"]]),
    (Kind::Hdf, &[&["profiles", "platform"]]),
    (Kind::Ocsf, &[&["class_uid"]]),
    (Kind::Sarif, &[&["runs", "version"], &["runs", "$schema"]]),
    (Kind::Trivy, &[&["SchemaVersion", "ArtifactName"], &["SchemaVersion", "ArtifactType"], &["ClusterName"]]),
];

const KNOWN: &str = "it has to be SARIF 2.1.0 (members version, runs), ASFF (Findings, or an array), OCSF (class_uid; an array or a \
    line each), Trivy (SchemaVersion, ArtifactName), Checkov (check_type, results), InSpec (platform, profiles), CycloneDX \
    (bomFormat), all as JSON, Nessus version 2 as XML, or Prowler's CSV";

/// How the text is written; refused when it is neither JSON nor the XML or CSV of a scanner.
pub(super) fn shape<'a>(report: &Report<'a>) -> Result<Shape<'a>, CollectError> {
    let text = report.text.trim_ascii();
    match text.as_bytes().first() {
        None => Err(report.refuse_whole("the file is empty; a scan without findings is a report that says so")),
        Some(b'<') => Ok(Shape::Xml),
        Some(b'{' | b'[') => json_shape(report),
        _ if prowler::is_header(text) => Ok(Shape::Csv),
        _ => Err(unknown(report, text)),
    }
}

fn json_shape<'a>(report: &Report<'a>) -> Result<Shape<'a>, CollectError> {
    match check(report.file, 1, report.text) {
        Ok(json) if is_array(json) => Ok(Shape::Array(json)),
        Ok(json) => Ok(Shape::Document(json)),
        Err(_) if begins_with_a_line_of_json(report.text) => Ok(Shape::Lines),
        Err(error) => Err(error),
    }
}

fn begins_with_a_line_of_json(text: &str) -> bool {
    let first = text.trim_ascii_start().split('\n').next().unwrap_or_default().trim_ascii();
    is_object(first) && serde_json::from_str::<IgnoredAny>(first).is_ok()
}

/// The kind of a JSON object that is all of a file.
pub(super) fn of_document(report: &Report<'_>, json: &str) -> Result<Kind, CollectError> {
    let members = if is_object(json) { report.members(json)? } else { Vec::new() };
    let names: BTreeSet<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    let has = |marks: &&[&str]| marks.iter().all(|mark| names.contains(mark));
    // A cluster's findings are Trivy's, not those of ASFF.
    let is = |(kind, sets): &(Kind, &[&[&str]])| {
        sets.iter().any(has) && !(*kind == Kind::AsffBatch && names.contains("ClusterName"))
    };
    let mut kinds = MARKS.iter().filter(|mark| is(mark)).map(|(kind, _)| *kind);
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) => Ok(kind),
        (None, _) => Err(unknown(report, json)),
        (Some(_), Some(_)) => {
            Err(report.refuse(json, &format!("this looks like the reports of two scanners at once: {KNOWN}")))
        }
    }
}

/// The kind of an element of an array, or of a line.
pub(super) fn of_element(report: &Report<'_>, json: &str) -> Result<Kind, CollectError> {
    match of_document(report, json)? {
        kind @ (Kind::Asff | Kind::Ocsf | Kind::Checkov) => Ok(kind),
        _ => {
            Err(report.refuse(json, "a report of this kind is a file of its own, not an element of an array or a line"))
        }
    }
}

fn unknown(report: &Report<'_>, part: &str) -> CollectError {
    report.refuse(part, &format!("this is no report of a scanner that is known: {KNOWN}"))
}
