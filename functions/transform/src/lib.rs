#![doc = include_str!("../README.md")]

mod assemble;
mod error;
mod evaluate;
mod stage;

pub use error::TransformError;

use catalog::Catalog;
use domain::{Digest, Report, Snapshot, Snapshotted, Transformed, canonical};
use storage::{Content, Run, Storage};

/// Loads the evidence of the snapshot into a staging database, runs the controls' finding queries, and leaves the report
/// (canonical JSON) and the staging database as drafts.
pub async fn transform(storage: &Storage, snapshotted: &Snapshotted) -> Result<Transformed, TransformError> {
    let snapshot: Snapshot = storage.locker.read(&snapshotted.snapshot).await?;
    let catalog = Catalog::from_archive(&storage.locker.fetch(&snapshot.catalog).await?)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("staging.db");
    let trail = stage::stage(storage, &catalog, &snapshot, &path).await?;
    let findings = evaluate::evaluate(&catalog, &snapshot, &path)?;
    let report = assemble::assemble(snapshotted, &catalog, snapshot, trail, findings)?;
    let run = Run::from(&snapshotted.request);
    let staging = std::fs::read(&path)?;
    let staging = storage.locker.put_draft(run, Content::Memory(&staging)).await?;
    let report = put_report(storage, snapshotted, &report).await?;
    Ok(Transformed { snapshotted: snapshotted.clone(), report, staging })
}

async fn put_report(storage: &Storage, snapshotted: &Snapshotted, report: &Report) -> Result<Digest, TransformError> {
    let bytes = canonical::to_bytes(report)?;
    Ok(storage.locker.put_draft(Run::from(&snapshotted.request), Content::Memory(&bytes)).await?)
}
