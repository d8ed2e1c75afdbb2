#![doc = include_str!("../README.md")]

use domain::{
    ArtifactReference, Digest, Failure, Rendered, ReportArtifact, ReportRecord, RetentionClass, Snapshotted, Timestamp,
    Uploaded,
};
use runtime::Metrics;
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

/// The step as a function of the state machine. What it stored for the first time is counted, by framework and format.
pub async fn handle(
    storage: &Storage,
    rendered: &Rendered,
    now: Timestamp,
    metrics: &Metrics,
) -> Result<Uploaded, UploadError> {
    let (uploaded, is_new) = upload_once(storage, rendered, now).await?;
    let framework = uploaded.request.framework.as_str();
    for (format, _) in rendered.drafts.iter().filter(|_| is_new) {
        metrics.count("ReportsGenerated", &[("Framework", framework), ("Format", format.extension())], 1);
    }
    Ok(uploaded)
}

/// Deposits every file of a report under its lock, records the report, and forgets the drafts.
///
/// A report that is already recorded is the answer. The run's drafts are removed only after the record, so a repeated run
/// finds either its drafts or the record.
pub async fn upload(storage: &Storage, rendered: &Rendered, now: Timestamp) -> Result<Uploaded, UploadError> {
    Ok(upload_once(storage, rendered, now).await?.0)
}

async fn upload_once(storage: &Storage, rendered: &Rendered, now: Timestamp) -> Result<(Uploaded, bool), UploadError> {
    let Snapshotted { request, report_id, .. } = &rendered.transformed.snapshotted;
    let uploaded = Uploaded { request: request.clone(), report_id: *report_id };
    let is_new = storage.custodian.report(&request.tenant, report_id).await?.is_none();
    if is_new {
        let record = deposit_all(storage, rendered, now).await?;
        storage.custodian.store(&record, &request.requested_by, now).await?;
    }
    storage.locker.remove_drafts(Run::from(request)).await?;
    Ok((uploaded, is_new))
}

async fn deposit_all(storage: &Storage, rendered: &Rendered, now: Timestamp) -> Result<ReportRecord, UploadError> {
    let Snapshotted { snapshot, inputs, report_id, .. } = &rendered.transformed.snapshotted;
    let mut artifacts = Vec::new();
    // One at a time: each is held in memory whole, twice while it is sent.
    for (format, draft) in &rendered.drafts {
        let key = ArtifactKey::report(inputs, report_id, *format);
        artifacts
            .push(ReportArtifact { format: *format, artifact: deposit(storage, rendered, &key, *draft, now).await? });
    }
    let key = ArtifactKey::staging(inputs, report_id);
    let staging = deposit(storage, rendered, &key, rendered.transformed.staging, now).await?;
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
    let retain_until = RetentionClass::OF_REPORTS.retain_until_month_ends(now);
    storage.locker.deposit(key, Content::Memory(&bytes), retain_until).await
}
