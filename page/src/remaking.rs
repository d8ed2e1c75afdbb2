//! Making a downloaded report again, and comparing it with its record.

use crate::PageError;
use catalog::Catalog;
use domain::{ArtifactReference, Digest, ReportFormat, ReportRecord, Snapshot};
use findings::{Remade, RemakeError};
use rendering::Templates;
use serde::{Serialize, de::DeserializeOwned};
use std::{fs, path::Path};

/// One file of a report that was made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What it is: a format, or `staging.db`.
    pub name: String,
    /// The digest in the record.
    pub recorded: Digest,
    /// The digest of what was made now.
    pub made: Digest,
    /// The length of what was made now.
    pub length: u64,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Evidence is read and staged: how many documents of how many are done.
    Staged {
        /// Documents done.
        done: u64,
        /// Documents of the snapshot.
        of: u64,
    },
    /// A format is rendered.
    Rendering {
        /// Which.
        format: ReportFormat,
    },
}

/// Makes the report in `folder` again from its snapshot, catalog and evidence, and compares every format and the staging database with
/// the record. `workspace` is an empty folder.
pub fn remake(folder: &Path, workspace: &Path, mut told: impl FnMut(Progress)) -> Result<Vec<Compared>, PageError> {
    let record: ReportRecord = json("record.json", &bytes(folder, "record.json")?)?;
    let snapshot: Snapshot = json(&record.snapshot.key, &object(folder, &record.snapshot)?)?;
    let catalog = Catalog::from_archive(&object(folder, &snapshot.catalog)?)?;
    let remade = findings(folder, &record, snapshot, &catalog, workspace, &mut told)?;
    let templates = Templates::new(catalog.templates()).map_err(PageError::Templates)?;
    let mut compared = Vec::new();
    for file in &record.artifacts {
        let format = file.format;
        told(Progress::Rendering { format });
        let bytes = rendering::render(&remade.report, format, &templates)
            .map_err(|source| PageError::Render { format, source })?;
        compared.push(compare(format.to_string(), &file.artifact, &bytes));
    }
    compared.push(compare("staging.db".to_owned(), &record.staging, &remade.staging));
    Ok(compared)
}

fn findings(
    folder: &Path,
    record: &ReportRecord,
    snapshot: Snapshot,
    catalog: &Catalog,
    workspace: &Path,
    told: &mut impl FnMut(Progress),
) -> Result<Remade, PageError> {
    let (mut done, of) = (0, snapshot.evidence.len() as u64);
    let documents = |frozen: &domain::SnapshotEvidence| {
        done += 1;
        told(Progress::Staged { done, of });
        object(folder, &frozen.artifact)
    };
    let remade = findings::remake(&record.inputs, record.report_id, snapshot, catalog, documents, workspace);
    remade.map_err(|error| match error {
        RemakeError::Document(error) => error,
        RemakeError::Findings(error) => error.into(),
    })
}

fn compare(name: String, recorded: &ArtifactReference, made: &[u8]) -> Compared {
    Compared { name, recorded: recorded.digest, made: Digest::of(made), length: made.len() as u64 }
}

fn object(folder: &Path, artifact: &ArtifactReference) -> Result<Vec<u8>, PageError> {
    let name = format!("objects/{}", artifact.key);
    let bytes = bytes(folder, &name)?;
    match Digest::of(&bytes) {
        found if found == artifact.digest => Ok(bytes),
        found => Err(PageError::Digest { name, expected: artifact.digest, found }),
    }
}

fn bytes(folder: &Path, name: &str) -> Result<Vec<u8>, PageError> {
    fs::read(folder.join(name)).map_err(|source| PageError::File { name: name.to_owned(), source })
}

fn json<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, PageError> {
    serde_json::from_slice(bytes).map_err(|source| PageError::Json { name: name.to_owned(), source })
}
