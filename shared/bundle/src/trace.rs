//! From a row of a report to what it rests on: evidence, query, raw bytes, entry of the log.

use crate::{
    FileError, Files,
    layout::{self, file_name, log_name, object_name},
};
use custody_log::{SignedCheckpoint, TileName, leaf_hash, split};
use domain::{
    ArtifactKey, CustodyEvent, Digest, EventKind, EvidenceId, Finding, FindingRow, QueryEntry, ReportFormat,
    ReportRecord, TenantId,
    evidence::{self, EvidenceHeader},
};
use serde::Serialize;
use std::collections::BTreeMap;

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
    /// Its entry in the log.
    pub entry: TracedEntry,
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
    let name = file_name(&record.inputs, ReportFormat::Json);
    let json = from_findings(files, &name)?;
    let findings: Vec<Finding> = member(&name, &json, "findings")?;
    let queries: Vec<QueryEntry> = member(&name, &json, "queries")?;
    let (finding, found) = find(&findings, row)?;
    let entries = entries(files, &found.evidence)?;
    let tenant = &record.inputs.tenant;
    let evidence =
        found.evidence.iter().map(|evidence_id| traced(files, tenant, evidence_id, entries.get(evidence_id)));
    let evidence = evidence.collect::<Result<_, _>>()?;
    let query = queries.iter().find(|query| query.name == finding.query);
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

// A report's canonical JSON from its findings on. Before them stands the list of evidence, which may be long: it is looked through in windows
// that overlap, so that what is looked for is whole in one of them.
fn from_findings(files: &impl Files, name: &str) -> Result<Vec<u8>, TraceError> {
    let failed = |source| TraceError::File { name: name.to_owned(), source };
    let length = files.length(name).map_err(failed)?;
    let finder = memchr::memmem::Finder::new(FINDINGS);
    let windows = (0..length).step_by(WINDOW - FINDINGS.len() + 1);
    for offset in windows {
        let window = files.part(name, offset, WINDOW as u64).map_err(failed)?;
        if let Some(at) = finder.find(&window) {
            return files.part(name, offset + at as u64, length).map_err(failed);
        }
    }
    let reason = "it has no findings".to_owned();
    Err(TraceError::Unreadable { name: name.to_owned(), reason })
}

const FINDINGS: &[u8] = b",\"findings\":[";
/// Small enough for the same memory to be used again for each.
const WINDOW: usize = 64 << 10;

// One member of it. A member's name with the bracket of a list after it stands in the text once, because quotes inside strings are escaped and
// no other member has a list of that name.
fn member<T: serde::de::DeserializeOwned>(name: &str, json: &[u8], member: &str) -> Result<T, TraceError> {
    let unreadable = |reason: String| TraceError::Unreadable { name: name.to_owned(), reason };
    let begin = format!(",\"{member}\":[");
    let at = memchr::memmem::find(json, begin.as_bytes()).ok_or_else(|| unreadable(format!("it has no {member}")))?;
    let list = json.get(at + begin.len() - 1..).unwrap_or_default();
    let mut deserializer = serde_json::Deserializer::from_slice(list);
    T::deserialize(&mut deserializer).map_err(|error| unreadable(error.to_string()))
}

fn find<'a>(findings: &'a [Finding], row: &str) -> Result<(&'a Finding, &'a FindingRow), TraceError> {
    let no_row = |reason: String| TraceError::NoRow(reason);
    let (control, number) =
        row.rsplit_once('/').ok_or_else(|| no_row(format!("{row:?} names no row: write CONTROL/NUMBER")))?;
    let finding = findings.iter().find(|finding| finding.control.as_str() == control);
    let finding = finding.ok_or_else(|| no_row(format!("the report has no finding on {control:?}")))?;
    let number: usize = number.parse().map_err(|_| no_row(format!("{number:?} is no number of a row")))?;
    let found = number.checked_sub(1).and_then(|index| finding.rows.get(index));
    let found =
        found.ok_or_else(|| no_row(format!("the finding on {control} has the rows 1 to {}", finding.rows.len())))?;
    Ok((finding, found))
}

/// The entry that tells of a piece of evidence, and the digest that it gives.
struct Told {
    entry: TracedEntry,
    digest: Digest,
}

fn traced(
    files: &impl Files,
    tenant: &TenantId,
    evidence_id: &EvidenceId,
    told: Option<&Told>,
) -> Result<TracedEvidence, TraceError> {
    let slot = evidence_id.slot(tenant.clone()).map_err(|error| TraceError::NoRow(error.to_string()))?;
    let told = told.ok_or_else(|| TraceError::NoRow(format!("no entry of the log tells of {evidence_id}")))?;
    let file = object_name(ArtifactKey::evidence(&slot, told.digest).as_str());
    let asked = if files.has(&file) { Some(document(files, &file, told.digest)?) } else { None };
    Ok(TracedEvidence { evidence_id: evidence_id.clone(), file, digest: told.digest, asked, entry: told.entry.clone() })
}

fn document(files: &impl Files, file: &str, digest: Digest) -> Result<Asked, TraceError> {
    let bytes = read(files, file)?;
    let unreadable = |reason: String| TraceError::Unreadable { name: file.to_owned(), reason };
    match Digest::of(&bytes) {
        found if found != digest => Err(unreadable(format!("its SHA-256 has to be {digest} and is {found}"))),
        _ => evidence::check(&bytes).map(asked).map_err(|error| unreadable(error.to_string())),
    }
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

// An entry is parsed only when its text has one of the ids.
fn entries(files: &impl Files, wanted: &[EvidenceId]) -> Result<BTreeMap<EvidenceId, Told>, TraceError> {
    let unreadable = |name: &str, reason: String| TraceError::Unreadable { name: name.to_owned(), reason };
    let checkpoint = SignedCheckpoint::read(&read(files, layout::CHECKPOINT)?);
    let checkpoint = checkpoint.map_err(|error| unreadable(layout::CHECKPOINT, error.to_string()))?;
    let texts: Vec<Vec<u8>> = wanted.iter().map(|id| format!("\"evidence_id\":\"{id}\"").into_bytes()).collect();
    let mut found = BTreeMap::new();
    for tile in TileName::entries_of(checkpoint.claim().size) {
        let name = log_name(tile);
        let bytes = read(files, &name)?;
        if !texts.iter().any(|text| memchr::memmem::find(&bytes, text).is_some()) {
            continue;
        }
        let entries = split(&bytes).map_err(|error| unreadable(&name, error.to_string()))?;
        for (index, entry) in (tile.index * custody_log::WIDTH..).zip(entries) {
            if texts.iter().any(|text| memchr::memmem::find(entry, text).is_some()) {
                let event: CustodyEvent = value(&name, entry)?;
                let entry = TracedEntry { index, leaf: leaf_hash(entry), recorded_at: event.recorded_at };
                if let EventKind::EvidenceCollected { evidence_id, digest, .. } = event.kind {
                    found.insert(evidence_id, Told { entry, digest });
                }
            }
        }
    }
    Ok(found)
}

fn read(files: &impl Files, name: &str) -> Result<Vec<u8>, TraceError> {
    files.read(name).map_err(|source| TraceError::File { name: name.to_owned(), source })
}

fn value<T: serde::de::DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, TraceError> {
    let unreadable =
        |error: serde_json::Error| TraceError::Unreadable { name: name.to_owned(), reason: error.to_string() };
    serde_json::from_slice(bytes).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct OneFile(Vec<u8>);

    impl Files for OneFile {
        fn names(&self) -> Result<Vec<String>, FileError> {
            Ok(vec!["report.json".to_owned()])
        }

        fn length(&self, _: &str) -> Result<u64, FileError> {
            Ok(self.0.len() as u64)
        }

        fn bytes(&self, _: &str) -> Result<Vec<u8>, FileError> {
            Ok(self.0.clone())
        }
    }

    #[test]
    fn findings_are_found_wherever_a_window_ends() {
        let marked = WINDOW - FINDINGS.len();
        for before in [0, 1, marked - 1, marked, marked + 1, WINDOW - 1, WINDOW, 3 * WINDOW + 7] {
            let mut text = vec![b' '; before];
            text.extend(b",\"findings\":[],\"queries\":[]}");
            let found = from_findings(&OneFile(text), "report.json").unwrap();
            assert_eq!(found, b",\"findings\":[],\"queries\":[]}", "{before}");
        }
        assert!(from_findings(&OneFile(vec![b' '; 3 * WINDOW]), "report.json").is_err());
    }
}
