//! The check of a downloaded report: a folder with the report's files, its record, and everything it rests on. It needs neither a store
//! nor a server. Spec: `docs/formats/download.md`.
//!
//! ```text
//! record.json              the record of the report, canonical JSON
//! soc2-2026-Q3.pdf …       its files, under names for people
//! objects/<key>            snapshot, catalog, staging database and every evidence document, each under its key
//! ```

mod evidence;
mod folder;

pub use folder::{Folder, FolderError};

use crate::custody::Problem;
use catalog::Catalog;
use domain::{ArtifactReference, Report, ReportFormat, ReportInputs, ReportRecord, Snapshot, canonical};
use serde::Serialize;
use std::collections::BTreeSet;
use storage::ArtifactKey;

/// The name of the record in a downloaded report.
pub const RECORD: &str = "record.json";

/// What was checked of a downloaded report, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The report, as far as the record could be read.
    pub report_id: Option<String>,
    /// Files that were read and are what they have to be.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Evidence documents among them.
    pub evidence: u64,
    /// Rows inside.
    pub rows: u64,
    /// Evidence documents that the folder was made without, and that were not checked therefore.
    pub left_out: u64,
    /// What is wrong. Empty means that everything that is here holds.
    pub problems: Vec<Problem>,
    /// Files that are here and that nothing vouches for.
    pub strangers: Vec<String>,
}

impl Verdict {
    /// Whether everything that is here holds.
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, what: impl ToString, message: impl ToString) {
        self.problems.push(Problem { what: what.to_string(), message: message.to_string() });
    }
}

/// The name that a file of a report has outside the store: `soc2-2026-Q3.pdf`.
pub fn file_name(inputs: &ReportInputs, format: ReportFormat) -> String {
    format!("{}-{}.{format}", inputs.framework, inputs.period).replace(':', "")
}

/// The name that any other object has in a downloaded report: `objects/<key>`.
pub fn object_name(key: &str) -> String {
    format!("objects/{key}")
}

/// Reads a downloaded report and names what is wrong. Fails only when the folder is none or cannot be read.
pub fn check(folder: &Folder) -> Result<Verdict, FolderError> {
    let mut verdict = Verdict::default();
    let mut known = BTreeSet::from([RECORD.to_owned()]);
    let bytes = folder.record_bytes()?;
    match serde_json::from_slice::<ReportRecord>(&bytes) {
        Err(error) => verdict.problem(RECORD, format!("it cannot be read: {error}")),
        Ok(record) => {
            verdict.report_id = Some(record.report_id.to_string());
            (verdict.files, verdict.bytes) = (1, bytes.len() as u64);
            check_record(&record, &bytes, &mut verdict);
            check_report(folder, &record, &mut known, &mut verdict);
        }
    }
    verdict.strangers = folder.files()?.into_iter().filter(|name| !known.contains(name)).collect();
    verdict.problems.sort();
    verdict.problems.dedup();
    Ok(verdict)
}

// What the record says by itself.
fn check_record(record: &ReportRecord, bytes: &[u8], verdict: &mut Verdict) {
    let ReportRecord { report_id, inputs, snapshot, staging, artifacts } = record;
    let snapshot_key = ArtifactKey::snapshot(&inputs.tenant, &inputs.framework, &inputs.period, snapshot.digest);
    let own = |file: &domain::ReportArtifact| {
        file.artifact.key == ArtifactKey::report(inputs, report_id, file.format).as_str()
    };
    let formats: Vec<ReportFormat> = artifacts.iter().map(|file| file.format).collect();
    let claims = [
        (
            "it is not written as Exhibit writes it: something was added, removed or set otherwise",
            canonical::to_bytes(record).is_ok_and(|written| written == bytes),
        ),
        ("the report's id is not the digest of its inputs", inputs.report_id().is_ok_and(|id| id == *report_id)),
        ("its inputs are of a format that is not known here", inputs.format == ReportInputs::FORMAT),
        ("it does not name each format once", formats == ReportFormat::ALL),
        ("it names files of another report", artifacts.iter().all(own)),
        ("it names another report's staging database", staging.key == ArtifactKey::staging(inputs, report_id).as_str()),
        ("it names another report's snapshot", snapshot.key == snapshot_key.as_str()),
    ];
    for (message, _) in claims.into_iter().filter(|(_, holds)| !holds) {
        verdict.problem(RECORD, message);
    }
}

fn check_report(folder: &Folder, record: &ReportRecord, known: &mut BTreeSet<String>, verdict: &mut Verdict) {
    let mut json = None;
    for file in &record.artifacts {
        let found = expect(folder, file_name(&record.inputs, file.format), &file.artifact, known, verdict);
        if file.format == ReportFormat::Json {
            json = found;
        }
    }
    expect(folder, object_name(&record.staging.key), &record.staging, known, verdict);
    let Some(bytes) = expect(folder, object_name(&record.snapshot.key), &record.snapshot, known, verdict) else {
        return;
    };
    if let Err(reason) = crate::agrees(record, json.as_deref(), &bytes) {
        verdict.problem(format!("report {}", record.report_id), reason);
    }
    let Ok(snapshot) = serde_json::from_slice::<Snapshot>(&bytes) else {
        return verdict.problem(&record.snapshot.key, "it is no snapshot");
    };
    check_snapshot(record, &snapshot, verdict);
    check_catalog(folder, record, &snapshot, known, verdict);
    let report = json.and_then(|json| serde_json::from_slice::<Report>(&json).ok());
    evidence::check(folder, &snapshot, report.as_ref(), known, verdict);
}

fn check_snapshot(record: &ReportRecord, snapshot: &Snapshot, verdict: &mut Verdict) {
    let ReportInputs { tenant, framework, period, .. } = &record.inputs;
    let own = snapshot.tenant == *tenant && snapshot.framework == *framework && snapshot.period == *period;
    let sorted = snapshot.evidence.is_sorted_by(|left, right| left.evidence_id < right.evidence_id);
    let claims = [
        ("it is of a format that is not known here", snapshot.format == Snapshot::FORMAT),
        ("it is of another tenant, framework or period than the report", own),
        ("it names a piece of evidence twice, or not in order", sorted),
        (
            "it counts other slots than it lists",
            snapshot.expected == (snapshot.evidence.len() + snapshot.gaps.len()) as u64,
        ),
    ];
    for (message, _) in claims.into_iter().filter(|(_, holds)| !holds) {
        verdict.problem(object_name(&record.snapshot.key), message);
    }
}

fn check_catalog(
    folder: &Folder,
    record: &ReportRecord,
    snapshot: &Snapshot,
    known: &mut BTreeSet<String>,
    verdict: &mut Verdict,
) {
    let name = object_name(&snapshot.catalog.key);
    let Some(bytes) = expect(folder, name.clone(), &snapshot.catalog, known, verdict) else { return };
    if snapshot.catalog.key != ArtifactKey::catalog(&snapshot.tenant, snapshot.catalog.digest).as_str() {
        verdict.problem(&name, "its key does not name its tenant and its digest");
    }
    match Catalog::from_archive(&bytes) {
        Err(problems) => verdict.problem(&name, format!("it is no catalog: {problems}")),
        Ok(catalog) if catalog.templates_digest() != record.inputs.templates => {
            verdict.problem(&name, "its templates are not the ones among the report's inputs");
        }
        Ok(_) => {}
    }
}

/// The bytes of a file that has to be there and to be what its reference says; otherwise the problem is named.
fn expect(
    folder: &Folder,
    name: String,
    artifact: &ArtifactReference,
    known: &mut BTreeSet<String>,
    verdict: &mut Verdict,
) -> Option<Vec<u8>> {
    let read = folder.read(&name, artifact);
    match &read {
        Err(error) => verdict.problem(&name, error),
        Ok(bytes) => {
            verdict.files += 1;
            verdict.bytes += bytes.len() as u64;
        }
    }
    known.insert(name);
    read.ok()
}
