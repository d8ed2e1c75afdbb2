//! Making a downloaded report again: the same snapshot, catalog and evidence have to give the same bytes, on any machine.

use crate::CommandError;
use domain::{Actor, ArtifactReference, Digest, ReportRecord, ReportRequest, RunId, Snapshot, Snapshotted, Timestamp};
use std::path::Path;
use storage::{Run, Storage};
use verify::download::{Folder, file_name, object_name};

/// One file of a report that was made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remade {
    /// Its name in the downloaded report.
    pub name: String,
    /// The digest in the record.
    pub recorded: Digest,
    /// The digest of what was made now.
    pub made: Digest,
    /// What was made now.
    pub bytes: Vec<u8>,
}

impl Remade {
    /// Whether the same bytes came out.
    pub fn is_equal(&self) -> bool {
        self.recorded == self.made
    }
}

/// Makes the report in `folder` again: Transform and Render, in a store of their own below `workspace`, from the folder's snapshot,
/// catalog and evidence. Gives each format and the staging database, to compare with the record.
pub async fn reproduce(folder: &Folder, record: &ReportRecord, workspace: &Path) -> Result<Vec<Remade>, CommandError> {
    let storage = Storage::embedded(workspace)?;
    let snapshot = adopt_all(&storage, folder, record).await?;
    let snapshotted = snapshotted(record, &snapshot)?;
    let transformed = transform::transform(&storage, &snapshotted).await?;
    let rendered = render::render(&storage, &transformed).await?;
    let run = Run::from(&snapshotted.request);
    let mut remade = Vec::new();
    for file in &record.artifacts {
        let made = rendered.drafts.iter().find(|(format, _)| *format == file.format).map(|(_, digest)| *digest);
        let made = made.ok_or_else(|| CommandError::Invalid(format!("the format {} is not made here", file.format)))?;
        let bytes = storage.locker.read_draft(run, made).await?;
        let name = file_name(&record.inputs, file.format);
        remade.push(Remade { name, recorded: file.artifact.digest, made, bytes });
    }
    let made = transformed.staging;
    let bytes = storage.locker.read_draft(run, made).await?;
    remade.push(Remade { name: object_name(&record.staging.key), recorded: record.staging.digest, made, bytes });
    Ok(remade)
}

// Under their own references, versions included: the report names the version of each piece of evidence.
async fn adopt_all(storage: &Storage, folder: &Folder, record: &ReportRecord) -> Result<Snapshot, CommandError> {
    adopt(storage, folder, &record.snapshot).await?;
    let snapshot: Snapshot = storage.locker.read(&record.snapshot).await?;
    adopt(storage, folder, &snapshot.catalog).await?;
    for frozen in &snapshot.evidence {
        adopt(storage, folder, &frozen.artifact).await?;
    }
    Ok(snapshot)
}

async fn adopt(storage: &Storage, folder: &Folder, artifact: &ArtifactReference) -> Result<(), CommandError> {
    let name = object_name(&artifact.key);
    let bytes = folder.read(&name, artifact).map_err(|error| CommandError::Named { name, source: error })?;
    // The store goes as soon as the report is made: nothing in it has to be locked.
    Ok(storage.locker.adopt(artifact, &bytes, Timestamp::UNIX_EPOCH).await?)
}

// Who asks and when is no part of a report's bytes.
fn snapshotted(record: &ReportRecord, snapshot: &Snapshot) -> Result<Snapshotted, CommandError> {
    let invalid = |error: domain::IdentifierError| CommandError::Invalid(error.to_string());
    let request = ReportRequest {
        run_id: RunId::new("reproduce").map_err(invalid)?,
        tenant: record.inputs.tenant.clone(),
        framework: record.inputs.framework.clone(),
        period: record.inputs.period,
        requested_by: Actor::new("exhibit@localhost").map_err(invalid)?,
    };
    Ok(Snapshotted {
        request,
        snapshot: record.snapshot.clone(),
        inputs: record.inputs.clone(),
        report_id: record.report_id,
        controls: snapshot.controls.clone(),
        exists: false,
    })
}
