//! A report with everything it rests on and the log that tells of it: as a folder, or as one file.

use crate::{CommandError, Home};
use bundle::{CHECKPOINT, Files as _, LOG, Packer, Part, RECORD, STATEMENT, SUMS, log_name};
use catalog::Catalog;
use custody_log::{SignedCheckpoint, TileName};
use domain::{ArtifactKey, ArtifactReference, ReportRecord, Snapshot};
use serde::Serialize;
use std::{collections::BTreeMap, fs::File, io::BufWriter, path::Path};
use verify::download::Folder;

/// What was written.
#[derive(Debug, Clone, Serialize)]
pub struct Downloaded {
    /// The report.
    pub report_id: String,
    /// The folder or file.
    pub place: String,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Evidence documents among them.
    pub evidence: u64,
}

impl Downloaded {
    pub(crate) fn new(report_id: impl ToString, place: &Path) -> Self {
        let (report_id, place) = (report_id.to_string(), place.display().to_string());
        Self { report_id, place, files: 0, bytes: 0, evidence: 0 }
    }

    pub(crate) fn count(&mut self, name: &str, content: &[u8]) {
        self.files += 1;
        self.bytes += content.len() as u64;
        self.evidence += u64::from(is_evidence(name));
    }
}

fn is_evidence(name: &str) -> bool {
    name.strip_prefix("objects/").and_then(|key| key.split('/').nth(1)) == Some("evidence")
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
    let mut written = Downloaded::new(record.report_id, path);
    let mut parts = parts(home, record).await?;
    parts.retain(|name, _| with_evidence || !is_evidence(name));
    // Last: a folder without it is no downloaded report.
    let last = parts.remove_entry(RECORD);
    let count = parts.len() as u64;
    for (done, (name, part)) in (0..).zip(parts.into_iter().chain(last)) {
        progress(done, count);
        let content = content(home, part).await?;
        folder.put(&name, &content)?;
        written.count(&name, &content);
    }
    Ok(written)
}

/// Writes a report of a data directory into one file, a ZIP archive. The same report and log give the same bytes. Nothing is overwritten.
pub async fn bundle(
    home: &Home,
    record: &ReportRecord,
    path: &Path,
    with_evidence: bool,
    mut progress: impl FnMut(u64, u64),
) -> Result<Downloaded, CommandError> {
    let mut written = Downloaded::new(record.report_id, path);
    let mut parts = parts(home, record).await?;
    parts.retain(|name, _| with_evidence || !is_evidence(name));
    let mut packer = Packer::new(BufWriter::new(File::create_new(path).map_err(CommandError::file(path))?));
    let count = parts.len() as u64;
    for (done, (name, part)) in (0..).zip(parts) {
        progress(done, count);
        let content = content(home, part).await?;
        packer.add(&name, &content).map_err(CommandError::file(path))?;
        written.count(&name, &content);
    }
    let out = packer.finish().map_err(CommandError::file(path))?;
    let file = out.into_inner().map_err(|error| CommandError::file(path)(error.into_error()))?;
    file.sync_all().map_err(CommandError::file(path))?;
    Ok(written)
}

/// Packs a folder that was downloaded into one file.
pub fn pack(folder: &Folder, path: &Path) -> Result<(), CommandError> {
    let mut packer = Packer::new(BufWriter::new(File::create_new(path).map_err(CommandError::file(path))?));
    for name in folder.names().map_err(|error| CommandError::Invalid(error.to_string()))? {
        let content = folder.bytes_of(&name)?;
        packer.add(&name, &content).map_err(CommandError::file(path))?;
    }
    packer.finish().map(drop).map_err(CommandError::file(path))
}

async fn content(home: &Home, part: Part) -> Result<Vec<u8>, CommandError> {
    match part {
        Part::Bytes(bytes) => Ok(bytes),
        Part::Object(artifact) => Ok(home.storage.locker.fetch(&artifact).await?),
    }
}

/// Everything that is in a bundle of the report.
async fn parts(home: &Home, record: &ReportRecord) -> Result<BTreeMap<String, Part>, CommandError> {
    let locker = &home.storage.locker;
    let snapshot: Snapshot = locker.read(&record.snapshot).await?;
    let catalog = Catalog::from_archive(&locker.fetch(&snapshot.catalog).await?)?;
    let parts = bundle::contents(record, &snapshot, &catalog);
    let mut parts = parts.map_err(|error| CommandError::Invalid(error.to_string()))?;
    let sums = bundle::sums(&parts);
    parts.insert(SUMS.to_owned(), Part::Bytes(sums.into_bytes()));
    let statement = ArtifactKey::statement(&record.inputs, &record.report_id);
    parts.insert(STATEMENT.to_owned(), Part::Object(object(home, statement.as_str()).await?));
    parts.extend(log(home).await?);
    Ok(parts)
}

async fn log(home: &Home) -> Result<BTreeMap<String, Part>, CommandError> {
    let Some((_, note)) = home.storage.custodian.checkpoint(&home.tenant).await? else { return Err(unsealed()) };
    let signed = SignedCheckpoint::read(&note).map_err(|error| CommandError::Invalid(error.to_string()))?;
    let mut parts = BTreeMap::from([(CHECKPOINT.to_owned(), Part::Bytes(note))]);
    let size = signed.claim().size;
    for name in TileName::entries_of(size).chain(TileName::hashes_of(size)) {
        let key = ArtifactKey::log_tile(&home.tenant, name);
        parts.insert(log_name(name), Part::Object(object(home, key.as_str()).await?));
    }
    let folder = format!("{}/log/", home.tenant);
    for key in home.storage.locker.keys().await? {
        if let Some(name) = key.strip_prefix(&folder).filter(|name| name.starts_with("checkpoints/")) {
            parts.insert(format!("{LOG}{name}"), Part::Object(object(home, &key).await?));
        }
    }
    Ok(parts)
}

async fn object(home: &Home, key: &str) -> Result<ArtifactReference, CommandError> {
    let lock = home.storage.locker.lock_of(key).await?;
    lock.map(|lock| lock.artifact).ok_or_else(unsealed)
}

fn unsealed() -> CommandError {
    let message = "the log does not tell of this report yet: any command that changes something seals it, `exhibit collect` for one";
    CommandError::Invalid(message.to_owned())
}
