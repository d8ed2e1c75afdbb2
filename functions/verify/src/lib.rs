#![doc = include_str!("../README.md")]

pub mod custody;
pub mod download;

use domain::{Failure, ReportFormat, ReportRecord, Timestamp, Uploaded, Verified};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use runtime::{Clock, Metrics};
use storage::{Storage, StorageError};

/// Why a report was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A report that is not what its id, its snapshot or its record says.
    #[error("the report {report}: {reason}")]
    Untrue {
        /// The report.
        report: String,
        /// What does not hold.
        reason: String,
    },
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl VerifyError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            VerifyError::Storage(error) => error.failure(),
            VerifyError::Untrue { .. } => Failure::IntegrityMismatch,
        }
    }
}

/// The step as a function of the state machine. How long the run took since it was asked for is measured.
pub async fn handle(
    storage: &Storage,
    uploaded: &Uploaded,
    clock: Clock,
    metrics: &Metrics,
) -> Result<Verified, VerifyError> {
    let verified = verify(storage, uploaded, clock.now()).await?;
    let domain::ReportRequest { tenant, run_id, framework, .. } = &uploaded.request;
    if let Some(run) = storage.custodian.run(tenant, run_id).await? {
        let took = clock.now().duration_since(run.requested_at).unsigned_abs();
        metrics.seconds("GenerationSeconds", &[("Framework", framework.as_str())], took);
    }
    Ok(verified)
}

/// Reads every object of a report back and completes the run.
pub async fn verify(storage: &Storage, uploaded: &Uploaded, now: Timestamp) -> Result<Verified, VerifyError> {
    let Uploaded { request, report_id } = uploaded;
    let untrue = |reason: &str| VerifyError::Untrue { report: report_id.to_string(), reason: reason.to_owned() };
    let record = storage.custodian.report(&request.tenant, report_id).await?;
    let record = record.ok_or_else(|| untrue("it is not recorded"))?;
    let (objects, bytes) = read_back(storage, &record).await?;
    storage.custodian.complete(&request.tenant, &request.run_id, *report_id, now).await?;
    Ok(Verified { run_id: request.run_id.clone(), report_id: *report_id, objects, bytes })
}

// Files of a report that are small are read at once, large ones one after the other: all are held in memory.
const SMALL_BYTES: u64 = 32 << 20;

async fn read_back(storage: &Storage, record: &ReportRecord) -> Result<(u64, u64), VerifyError> {
    let files = record.artifacts.iter().map(|file| (Some(file.format), &file.artifact));
    let files: Vec<_> = files.chain([(None, &record.staging)]).collect();
    let total: u64 = files.iter().map(|(_, artifact)| artifact.length).sum();
    let at_once = if total <= SMALL_BYTES { files.len() } else { 1 };
    let reading = files.into_iter().map(async |(format, artifact)| {
        let content = storage.locker.fetch(artifact).await?;
        let length = content.len() as u64;
        Ok::<_, StorageError>((length, (format == Some(ReportFormat::Json)).then_some(content)))
    });
    let read: Vec<_> = stream::iter(reading).buffered(at_once).try_collect().await?;
    let (objects, bytes) = (read.len() as u64, read.iter().map(|(length, _)| length).sum::<u64>());
    let report = read.into_iter().find_map(|(_, content)| content);
    let snapshot = storage.locker.fetch(&record.snapshot).await?;
    let catalog = bundle::agrees(record, report.as_deref(), &snapshot)
        .map_err(|reason| VerifyError::Untrue { report: record.report_id.to_string(), reason })?;
    let catalog = storage.locker.fetch(&catalog).await?;
    Ok((objects + 2, bytes + (snapshot.len() + catalog.len()) as u64))
}
