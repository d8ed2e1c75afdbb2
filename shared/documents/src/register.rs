//! What evidence holds of a source to which documents are handed in.

use catalog::DOCUMENT_COLUMNS;
use domain::{
    Actor, DocumentName, DocumentState, DocumentVersion, Period, SourceId, Submission, TenantId, Timestamp,
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

    /// Which files evidence of `period` holds: of each document the newest that is approved, and what was handed in or decided since the period
    /// began, in `most` bytes. What does not fit, rejected versions first, is left out: rows and register have its digest all the same.
    pub fn kept(&self, period: &Period, most: u64) -> Kept<'_> {
        let newest = self.newest_approved();
        let in_force = |version: &&DocumentVersion| newest.get(&version.submission.document) == Some(&version.version);
        let changed = |version: &&DocumentVersion| changed_at(version) >= period.start();
        let mut wanted: Vec<_> = self.versions.iter().filter(|version| in_force(version) || changed(version)).collect();
        wanted.sort_by_key(|version| (!in_force(version), matches!(version.state, DocumentState::Rejected { .. })));
        let mut left = most;
        let (mut versions, mut left_out): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|version| {
            let fits = left.checked_sub(version.submission.artifact.length);
            left = fits.unwrap_or(left);
            fits.is_some()
        });
        versions.sort_by_key(|version| place(version));
        left_out.sort_by_key(|version| place(version));
        Kept { versions, left_out }
    }

    fn newest_approved(&self) -> BTreeMap<&DocumentName, u32> {
        let approved = |version: &&DocumentVersion| matches!(version.state, DocumentState::Approved { .. });
        let of = |version: &'_ DocumentVersion| version.version;
        self.versions.iter().filter(approved).map(|version| (&version.submission.document, of(version))).collect()
    }
}

/// Which files evidence holds, and which it would hold if they fitted; each by document and version.
#[derive(Debug)]
pub struct Kept<'a> {
    /// Their files are in it.
    pub versions: Vec<&'a DocumentVersion>,
    /// Their files are not.
    pub left_out: Vec<&'a DocumentVersion>,
}

fn place(version: &DocumentVersion) -> (&DocumentName, u32) {
    (&version.submission.document, version.version)
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ArtifactReference, Digest, DocumentType};

    fn version(number: u32, length: u64, state: DocumentState) -> DocumentVersion {
        let artifact = ArtifactReference { key: "k".into(), version: "1".into(), digest: Digest::of(b"x"), length };
        let at: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
        let submission = Submission {
            source: "policies".parse().unwrap(),
            document: "access-policy".parse().unwrap(),
            kind: "access-policy".parse().unwrap(),
            about: None,
            valid_until: None,
            content_type: DocumentType::Pdf,
            artifact,
            retain_until: at,
            submitted_by: "ana".parse().unwrap(),
            submitted_at: at,
        };
        DocumentVersion { version: number, submission, state }
    }

    #[test]
    fn what_does_not_fit_is_left_out_rejected_versions_first_and_nothing_blocks() {
        let at: Timestamp = "2026-02-02T00:00:00Z".parse().unwrap();
        let (by, reason) = ("bo".parse::<Actor>().unwrap(), "no".to_owned());
        let approved = DocumentState::Approved { approved_by: by.clone(), approved_at: at };
        let rejected = DocumentState::Rejected { rejected_by: by, rejected_at: at, reason };
        let versions = vec![
            version(1, 40, rejected),
            version(2, 40, DocumentState::Submitted),
            version(3, 50, approved),
            version(4, 500, DocumentState::Submitted),
        ];
        let register = Register { versions };
        let numbers =
            |versions: &[&DocumentVersion]| versions.iter().map(|version| version.version).collect::<Vec<_>>();
        let period = "2026".parse().unwrap();
        let kept = register.kept(&period, 100);
        assert_eq!((numbers(&kept.versions), numbers(&kept.left_out)), (vec![2, 3], vec![1, 4]));
        let all = register.kept(&period, 10_000);
        assert_eq!((numbers(&all.versions), all.left_out.len()), (vec![1, 2, 3, 4], 0));
        let later = register.kept(&"2027".parse().unwrap(), 10_000);
        assert_eq!(numbers(&later.versions), [3]);
    }
}
