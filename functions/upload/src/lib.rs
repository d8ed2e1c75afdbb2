#![doc = include_str!("../README.md")]

use domain::{
    ArtifactReference, Digest, Failure, Rendered, ReportArtifact, ReportRecord, RetentionClass, Snapshotted, Timestamp,
    Uploaded,
};
use storage::{ArtifactKey, Content, Run, Storage, StorageError};

/// Why a report was not stored.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl UploadError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        let UploadError::Storage(error) = self;
        error.failure()
    }
}

/// Deposits every file of a report under its lock, records the report, and forgets the drafts.
///
/// A report that is already recorded is the answer. The run's drafts are removed only after the record, so a repeated run
/// finds either its drafts or the record.
pub async fn upload(storage: &Storage, rendered: &Rendered, now: Timestamp) -> Result<Uploaded, UploadError> {
    let Snapshotted { request, report_id, .. } = &rendered.transformed.snapshotted;
    let uploaded = Uploaded { request: request.clone(), report_id: *report_id };
    if storage.custodian.report(&request.tenant, report_id).await?.is_none() {
        let record = deposit_all(storage, rendered, now).await?;
        storage.custodian.store(&record, &request.requested_by, now).await?;
    }
    storage.locker.remove_drafts(Run::from(request)).await?;
    Ok(uploaded)
}

async fn deposit_all(storage: &Storage, rendered: &Rendered, now: Timestamp) -> Result<ReportRecord, UploadError> {
    let Snapshotted { snapshot, inputs, report_id, .. } = &rendered.transformed.snapshotted;
    let key = ArtifactKey::staging(inputs, report_id);
    let staging = deposit(storage, rendered, &key, rendered.transformed.staging, now).await?;
    let mut artifacts = Vec::new();
    for (format, digest) in &rendered.drafts {
        let key = ArtifactKey::report(inputs, report_id, *format);
        artifacts
            .push(ReportArtifact { format: *format, artifact: deposit(storage, rendered, &key, *digest, now).await? });
    }
    Ok(ReportRecord { report_id: *report_id, inputs: inputs.clone(), snapshot: snapshot.clone(), staging, artifacts })
}

async fn deposit(
    storage: &Storage,
    rendered: &Rendered,
    key: &ArtifactKey,
    draft: Digest,
    now: Timestamp,
) -> Result<ArtifactReference, StorageError> {
    let bytes = storage.locker.read_draft(Run::from(&rendered.transformed.snapshotted.request), draft).await?;
    storage.locker.deposit(key, Content::Memory(&bytes), RetentionClass::OF_REPORTS.retain_until(now)).await
}
