//! Legal holds: locks without a date on a report and all it rests on.

use crate::{CommandError, sealing::OwnLog};
use domain::{ArtifactReference, LegalHold, ReportId, Snapshot};
use std::collections::BTreeSet;
use storage::ArtifactKey;

/// Records the hold and locks every object that the report is or rests on. Again, after a crash, locks what is not locked yet. Gives how many
/// objects it lies on.
pub async fn place(log: &OwnLog, hold: &LegalHold) -> Result<u64, CommandError> {
    let objects = objects(log, &hold.report_id).await?;
    log.storage.custodian.place_hold(&log.tenant, hold).await?;
    lock(log, &objects).await?;
    Ok(objects.len() as u64)
}

/// Unlocks the objects of a hold that was released, but for those on which another hold lies. Again, after a crash, unlocks what is left.
/// Gives how many were unlocked.
pub async fn lift(log: &OwnLog, hold: &LegalHold) -> Result<u64, CommandError> {
    let own = objects(log, &hold.report_id).await?;
    let others = held_by_others(log).await?;
    let mut lifted = 0;
    for artifact in own.difference(&others) {
        if is_held(log, artifact).await? {
            log.storage.locker.release(artifact).await?;
            lifted += 1;
        }
    }
    // A hold that was placed meanwhile may have found them locked.
    let since = held_by_others(log).await?;
    lock(log, &own.intersection(&since).cloned().collect()).await?;
    Ok(lifted)
}

async fn lock(log: &OwnLog, objects: &BTreeSet<ArtifactReference>) -> Result<(), CommandError> {
    for artifact in objects {
        if !is_held(log, artifact).await? {
            log.storage.locker.hold(artifact).await?;
        }
    }
    Ok(())
}

async fn is_held(log: &OwnLog, artifact: &ArtifactReference) -> Result<bool, CommandError> {
    Ok(log.storage.locker.lock_of(&artifact.key).await?.is_some_and(|lock| lock.legal_hold))
}

// Whoever was released is not among them.
async fn held_by_others(log: &OwnLog) -> Result<BTreeSet<ArtifactReference>, CommandError> {
    let mut held = BTreeSet::new();
    for hold in log.storage.custodian.holds(&log.tenant).await?.iter().filter(|hold| hold.holds()) {
        held.extend(objects(log, &hold.report_id).await?);
    }
    Ok(held)
}

/// Every object that a report is or rests on: its files, staging database, statement, snapshot, catalog and evidence.
async fn objects(log: &OwnLog, report_id: &ReportId) -> Result<BTreeSet<ArtifactReference>, CommandError> {
    let (custodian, locker) = (&log.storage.custodian, &log.storage.locker);
    let record = custodian.report(&log.tenant, report_id).await?;
    let record = record.ok_or_else(|| CommandError::Invalid(format!("there is no report {report_id}")))?;
    let snapshot: Snapshot = locker.read(&record.snapshot).await?;
    let statement = ArtifactKey::statement(&record.inputs, report_id);
    let statement = locker.lock_of(statement.as_str()).await?.map(|lock| lock.artifact);
    let files = record.artifacts.into_iter().map(|file| file.artifact);
    let others = [record.staging, record.snapshot, snapshot.catalog].into_iter().chain(statement);
    Ok(files.chain(others).chain(snapshot.evidence.into_iter().map(|frozen| frozen.artifact)).collect())
}
