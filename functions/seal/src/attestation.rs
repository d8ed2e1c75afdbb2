//! The signed statement over a report: made when the log tells of the report, before its event leaves the outbox.
//!
//! It follows from what is locked, and the signature from it (RFC 8032), so that it is the same however often it is made.

use crate::{SealError, Signer, reading::of};
use bundle::{Envelope, contents, pre_authentication_encoding, statement, sums};
use catalog::Catalog;
use custody_log::LogError;
use domain::{ReportId, ReportRecord, RetentionClass, Snapshot, TenantId, Timestamp};
use storage::{ArtifactKey, Content, LogHead, Storage, StorageError};

/// Deposits the statement over each report that the head's batch tells of.
pub(crate) async fn attest(
    storage: &Storage,
    tenant: &TenantId,
    signer: &Signer,
    head: &LogHead,
    now: Timestamp,
) -> Result<(), SealError> {
    for report_id in head.pending.iter().filter_map(|place| told_of(place)) {
        let record = storage.custodian.report(tenant, &report_id).await?;
        let record = record.ok_or_else(|| StorageError::NotFound { key: format!("report {report_id}") })?;
        attest_one(storage, tenant, signer, &record, now).await?;
    }
    Ok(())
}

// The place of an event ends with its name: `…/report-stored/<id>`.
fn told_of(place: &str) -> Option<ReportId> {
    let (_, report_id) = place.rsplit_once("/report-stored/")?;
    report_id.parse().ok()
}

async fn attest_one(
    storage: &Storage,
    tenant: &TenantId,
    signer: &Signer,
    record: &ReportRecord,
    now: Timestamp,
) -> Result<(), SealError> {
    let key = ArtifactKey::statement(&record.inputs, &record.report_id);
    // After a handing over, the one that the key before it signed stays: its checkpoint vouches for that key.
    if storage.locker.lock_of(key.as_str()).await?.is_some() {
        return Ok(());
    }
    let snapshot: Snapshot = storage.locker.read(&record.snapshot).await?;
    let unreadable = |reason: String| of(tenant)(LogError::Malformed { what: "catalog of a report", reason });
    let archive = storage.locker.fetch(&snapshot.catalog).await?;
    let catalog = Catalog::from_archive(&archive).map_err(|problems| unreadable(problems.to_string()))?;
    let parts = contents(record, &snapshot, &catalog).map_err(|error| unreadable(error.to_string()))?;
    let payload = statement(record, &sums(&parts)).map_err(|error| unreadable(error.to_string()))?;
    let signature = signer.sign(&pre_authentication_encoding(&payload)).await?;
    let envelope = Envelope::new(&payload, &signer.key(), &signature).to_bytes();
    let envelope = envelope.map_err(|error| unreadable(error.to_string()))?;
    let retain_until = RetentionClass::OF_REPORTS.retain_until_month_ends(now);
    storage.locker.deposit(&key, Content::Memory(&envelope), retain_until).await?;
    Ok(())
}
