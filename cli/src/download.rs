//! Writing a report into a folder, with everything it rests on.

use crate::{CommandError, Home};
use domain::{ArtifactReference, ReportRecord, Snapshot, canonical};
use serde::Serialize;
use std::path::Path;
use verify::download::{Folder, RECORD, file_name, object_name};

/// What was written.
#[derive(Debug, Clone, Serialize)]
pub struct Downloaded {
    /// The report.
    pub report_id: String,
    /// The folder.
    pub folder: String,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Evidence documents among them.
    pub evidence: u64,
}

/// A folder that a report is being written into.
pub(crate) struct Download<'a> {
    folder: &'a Folder,
    written: Downloaded,
}

impl<'a> Download<'a> {
    pub(crate) fn into(folder: &'a Folder, path: &Path, report_id: impl ToString) -> Self {
        let (report_id, folder_name) = (report_id.to_string(), path.display().to_string());
        let written = Downloaded { report_id, folder: folder_name, files: 0, bytes: 0, evidence: 0 };
        Self { folder, written }
    }

    pub(crate) fn put(&mut self, name: &str, content: &[u8]) -> Result<(), CommandError> {
        self.folder.put(name, content)?;
        self.written.files += 1;
        self.written.bytes += content.len() as u64;
        Ok(())
    }

    pub(crate) fn put_evidence(&mut self, artifact: &ArtifactReference, content: &[u8]) -> Result<(), CommandError> {
        self.written.evidence += 1;
        self.put(&object_name(&artifact.key), content)
    }

    /// The record comes last: a folder without it is no downloaded report.
    pub(crate) fn finish(mut self, record: &ReportRecord) -> Result<Downloaded, CommandError> {
        let bytes = canonical::to_bytes(record).map_err(|error| CommandError::Invalid(error.to_string()))?;
        self.put(RECORD, &bytes)?;
        Ok(self.written)
    }
}

/// Every object of a report but its evidence, with the name it has in a downloaded report: its files, staging database and snapshot, and
/// the snapshot's catalog.
pub(crate) fn objects<'a>(
    record: &'a ReportRecord,
    snapshot: &'a Snapshot,
) -> impl Iterator<Item = (String, &'a ArtifactReference)> {
    let files = record.artifacts.iter().map(|file| (file_name(&record.inputs, file.format), &file.artifact));
    let others = [&record.staging, &record.snapshot, &snapshot.catalog];
    files.chain(others.into_iter().map(|artifact| (object_name(&artifact.key), artifact)))
}

/// Writes a report of a data directory into the folder at `path`. Each object is checked against its digest on the way.
pub async fn download(
    home: &Home,
    record: &ReportRecord,
    path: &Path,
    with_evidence: bool,
    mut progress: impl FnMut(u64, u64),
) -> Result<Downloaded, CommandError> {
    let folder = Folder::create(path)?;
    let mut download = Download::into(&folder, path, record.report_id);
    let locker = &home.storage.locker;
    let snapshot: Snapshot = locker.read(&record.snapshot).await?;
    for (name, artifact) in objects(record, &snapshot) {
        download.put(&name, &locker.fetch(artifact).await?)?;
    }
    let evidence = if with_evidence { snapshot.evidence.as_slice() } else { &[] };
    for (done, frozen) in (0..).zip(evidence) {
        progress(done, evidence.len() as u64);
        download.put_evidence(&frozen.artifact, &locker.fetch(&frozen.artifact).await?)?;
    }
    download.finish(record)
}
