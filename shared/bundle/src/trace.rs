//! From a row of a report to what it rests on: evidence, query, raw bytes, entry of the log.

use crate::{
    FileError, Files,
    layout::{self, file_name, log_name, object_name},
};
use custody_log::{SignedCheckpoint, TileName, leaf_hash, split};
use domain::{
    ArtifactReference, CustodyEvent, Digest, EventKind, EvidenceId, Finding, FindingRow, Report, ReportFormat,
    ReportRecord, Snapshot,
    evidence::{self, EvidenceHeader},
};
use serde::Serialize;

/// Why a row was not traced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// A file of the bundle.
    #[error("{name}: {source}")]
    File {
        /// Its name.
        name: String,
        /// What is wrong with it.
        source: FileError,
    },
    /// A file that is not what it should be.
    #[error("{name}: {reason}")]
    Unreadable {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A row that the report does not have.
    #[error("{0}")]
    NoRow(String),
}

/// A row of a report, and everything that it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trace {
    /// The report.
    pub report_id: String,
    /// The control, and the row's number among its finding's, from 1.
    pub row: String,
    /// Its subject.
    pub subject: String,
    /// Its outcome, as the report spells it.
    pub outcome: domain::Outcome,
    /// What was seen.
    pub detail: String,
    /// The finding query: name and version, and its exact text.
    pub query: String,
    /// See `query`.
    pub query_text: String,
    /// The evidence it rests on.
    pub evidence: Vec<TracedEvidence>,
}

/// A piece of evidence that a row rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TracedEvidence {
    /// Its id.
    pub evidence_id: EvidenceId,
    /// Its file in the bundle.
    pub file: String,
    /// Its SHA-256.
    pub digest: Digest,
    /// What was asked, when and by whom; none when the bundle was made without evidence.
    pub asked: Option<Asked>,
    /// Its entry in the log, if it was found.
    pub entry: Option<TracedEntry>,
}

/// How evidence was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Asked {
    /// The system, as the collector addresses it.
    pub endpoint: String,
    /// The named query and its version.
    pub query: String,
    /// When.
    pub executed_at: domain::Timestamp,
    /// Who.
    pub executed_by: domain::Actor,
    /// Rows in the answer.
    pub row_count: u64,
    /// The answers as they came: name, SHA-256, length.
    pub raw: Vec<evidence::RawSummary>,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TracedEntry {
    /// Its place.
    pub index: u64,
    /// Its leaf hash.
    pub leaf: Digest,
    /// When it was recorded.
    pub recorded_at: domain::Timestamp,
}

/// Walks from a row to what it rests on. `row` is `<control>/<number>`, as the report and `verify` name rows. Only what the row rests on is read;
/// that everything else holds is `verify`'s to show.
pub fn trace(files: &impl Files, row: &str) -> Result<Trace, TraceError> {
    let record: ReportRecord = value(layout::RECORD, &read(files, layout::RECORD)?)?;
    let json = record.artifacts.iter().find(|file| file.format == ReportFormat::Json);
    let json = json.ok_or_else(|| TraceError::NoRow("the report has no JSON format".to_owned()))?;
    let name = file_name(&record.inputs, ReportFormat::Json);
    let report: Report = value(&name, &expect(files, &name, &json.artifact)?)?;
    let snapshot: Snapshot = {
        let name = object_name(&record.snapshot.key);
        value(&name, &expect(files, &name, &record.snapshot)?)?
    };
    let (finding, found) = find(&report, row)?;
    let evidence =
        found.evidence.iter().map(|evidence_id| traced(files, &snapshot, evidence_id)).collect::<Result<_, _>>()?;
    let query = report.queries.iter().find(|query| query.name == finding.query);
    Ok(Trace {
        report_id: record.report_id.to_string(),
        row: row.to_owned(),
        subject: found.subject.clone(),
        outcome: found.outcome,
        detail: found.detail.clone(),
        query: finding.query.clone(),
        query_text: query.map(|query| query.text.clone()).unwrap_or_default(),
        evidence,
    })
}

fn find<'a>(report: &'a Report, row: &str) -> Result<(&'a Finding, &'a FindingRow), TraceError> {
    let no_row = |reason: String| TraceError::NoRow(reason);
    let (control, number) =
        row.rsplit_once('/').ok_or_else(|| no_row(format!("{row:?} names no row: write CONTROL/NUMBER")))?;
    let finding = report.findings.iter().find(|finding| finding.control.as_str() == control);
    let finding = finding.ok_or_else(|| no_row(format!("the report has no finding on {control:?}")))?;
    let number: usize = number.parse().map_err(|_| no_row(format!("{number:?} is no number of a row")))?;
    let found = number.checked_sub(1).and_then(|index| finding.rows.get(index));
    let found =
        found.ok_or_else(|| no_row(format!("the finding on {control} has the rows 1 to {}", finding.rows.len())))?;
    Ok((finding, found))
}

fn traced(files: &impl Files, snapshot: &Snapshot, evidence_id: &EvidenceId) -> Result<TracedEvidence, TraceError> {
    let frozen = snapshot.evidence.iter().find(|frozen| frozen.evidence_id == *evidence_id);
    let frozen = frozen.ok_or_else(|| TraceError::NoRow(format!("the snapshot has no evidence {evidence_id}")))?;
    let file = object_name(&frozen.artifact.key);
    let asked = match files.has(&file) {
        false => None,
        true => {
            let document = expect(files, &file, &frozen.artifact)?;
            let header = evidence::read(&document, |_, _| Ok::<(), String>(()));
            let unreadable =
                |error: evidence::ReadError| TraceError::Unreadable { name: file.clone(), reason: error.to_string() };
            Some(asked(header.map_err(unreadable)?))
        }
    };
    let entry = entry(files, evidence_id, frozen.artifact.digest)?;
    Ok(TracedEvidence { evidence_id: evidence_id.clone(), file, digest: frozen.artifact.digest, asked, entry })
}

fn asked(header: EvidenceHeader) -> Asked {
    Asked {
        endpoint: header.asked.endpoint,
        query: format!("{}.toml@{}", header.asked.query, header.asked.query_version),
        executed_at: header.collected.executed_at,
        executed_by: header.collected.executed_by,
        row_count: header.totals.row_count,
        raw: header.raw,
    }
}

// The bundles of entries are searched from the last: most questions are about what came lately. An entry is parsed only when its text has the id.
fn entry(files: &impl Files, evidence_id: &EvidenceId, digest: Digest) -> Result<Option<TracedEntry>, TraceError> {
    let checkpoint = SignedCheckpoint::read(&read(files, layout::CHECKPOINT)?);
    let unreadable = |name: &str, reason: String| TraceError::Unreadable { name: name.to_owned(), reason };
    let checkpoint = checkpoint.map_err(|error| unreadable(layout::CHECKPOINT, error.to_string()))?;
    let names: Vec<TileName> = TileName::entries_of(checkpoint.claim().size).collect();
    let wanted = digest.to_string();
    for tile in names.into_iter().rev() {
        let name = log_name(tile);
        let bytes = read(files, &name)?;
        let entries = split(&bytes).map_err(|error| unreadable(&name, error.to_string()))?;
        let first = tile.index * custody_log::WIDTH;
        for (index, entry) in (first..).zip(entries) {
            if !contains(entry, wanted.as_bytes()) {
                continue;
            }
            let event: CustodyEvent = value(&name, entry)?;
            if matches!(&event.kind, EventKind::EvidenceCollected { evidence_id: id, .. } if id == evidence_id) {
                return Ok(Some(TracedEntry { index, leaf: leaf_hash(entry), recorded_at: event.recorded_at }));
            }
        }
    }
    Ok(None)
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

fn read(files: &impl Files, name: &str) -> Result<Vec<u8>, TraceError> {
    files.read(name).map_err(|source| TraceError::File { name: name.to_owned(), source })
}

fn expect(files: &impl Files, name: &str, artifact: &ArtifactReference) -> Result<Vec<u8>, TraceError> {
    files.expect(name, artifact).map_err(|source| TraceError::File { name: name.to_owned(), source })
}

fn value<T: serde::de::DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, TraceError> {
    let unreadable =
        |error: serde_json::Error| TraceError::Unreadable { name: name.to_owned(), reason: error.to_string() };
    serde_json::from_slice(bytes).map_err(unreadable)
}
