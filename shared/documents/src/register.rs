//! What evidence holds of a source to which documents are handed in.

use catalog::DOCUMENT_COLUMNS;
use domain::{
    Actor, DocumentState, DocumentVersion, Period, SourceId, Submission, TenantId, Timestamp,
    canonical::{self, CanonicalError},
    evidence::Cell,
};
use std::collections::BTreeMap;
use storage::{Storage, StorageError};

/// Every version of every document of a source, by document and version.
#[derive(Debug, Clone)]
pub struct Register {
    /// The versions.
    pub versions: Vec<DocumentVersion>,
}

impl Register {
    /// The file of the evidence that holds the records themselves.
    pub const FILE: &'static str = "register.json";

    /// The register of `source` as it is now.
    pub async fn read(storage: &Storage, tenant: &TenantId, source: &SourceId) -> Result<Self, StorageError> {
        Ok(Self { versions: storage.custodian.documents(tenant, Some(source)).await? })
    }

    /// The records, as canonical JSON: what was asked for, as it was received.
    pub fn text(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_bytes(&self.versions)
    }

    /// A row for each version: its cells by the names of [`DOCUMENT_COLUMNS`].
    pub fn rows(&self) -> impl Iterator<Item = BTreeMap<&'static str, Cell>> {
        self.versions.iter().map(row)
    }

    /// The versions whose files evidence of `period` holds: what was handed in or decided since the period began, and of each document
    /// the newest that is approved.
    pub fn kept(&self, period: &Period) -> impl Iterator<Item = &DocumentVersion> {
        let mut in_force = BTreeMap::new();
        let approved = |version: &&DocumentVersion| matches!(version.state, DocumentState::Approved { .. });
        for version in self.versions.iter().filter(approved) {
            in_force.insert(&version.submission.document, version.version);
        }
        let start = period.start();
        self.versions.iter().filter(move |version| {
            let is_in_force = in_force.get(&version.submission.document) == Some(&version.version);
            is_in_force || changed_at(version) >= start
        })
    }
}

/// The name of a version's file in evidence: `access-policy/3.pdf`.
pub fn file_name(version: &DocumentVersion) -> String {
    let Submission { document, content_type, .. } = &version.submission;
    format!("{document}/{}.{content_type}", version.version)
}

fn changed_at(version: &DocumentVersion) -> Timestamp {
    match &version.state {
        DocumentState::Submitted => version.submission.submitted_at,
        DocumentState::Approved { approved_at: at, .. } | DocumentState::Rejected { rejected_at: at, .. } => *at,
    }
}

fn row(version: &DocumentVersion) -> BTreeMap<&'static str, Cell> {
    let DocumentVersion { version: number, submission, state } = version;
    let Submission { document, kind, about, valid_until, artifact, submitted_by, submitted_at, .. } = submission;
    let [approved, rejected] = deciders(state);
    let reason = match state {
        DocumentState::Rejected { reason, .. } => Cell::Text(reason.clone()),
        _ => Cell::Null,
    };
    let cells = [
        text(document),
        text(kind),
        about.as_ref().map_or(Cell::Null, text),
        Cell::Integer((*number).into()),
        text(&state.name()),
        text(submitted_by),
        text(submitted_at),
        text_or_null(approved.map(|(by, _)| by)),
        text_or_null(approved.map(|(_, at)| at)),
        text_or_null(rejected.map(|(by, _)| by)),
        text_or_null(rejected.map(|(_, at)| at)),
        reason,
        text_or_null(valid_until.as_ref()),
        text(&artifact.digest),
        Cell::Integer(i64::try_from(artifact.length).unwrap_or(i64::MAX)),
    ];
    DOCUMENT_COLUMNS.iter().map(|(name, _)| *name).zip(cells).collect()
}

type Decider<'a> = Option<(&'a Actor, &'a Timestamp)>;

// Who approved, and who rejected.
fn deciders(state: &DocumentState) -> [Decider<'_>; 2] {
    match state {
        DocumentState::Submitted => [None, None],
        DocumentState::Approved { approved_by, approved_at } => [Some((approved_by, approved_at)), None],
        DocumentState::Rejected { rejected_by, rejected_at, .. } => [None, Some((rejected_by, rejected_at))],
    }
}

fn text(value: &impl ToString) -> Cell {
    Cell::Text(value.to_string())
}

fn text_or_null(value: Option<&impl ToString>) -> Cell {
    value.map_or(Cell::Null, text)
}
