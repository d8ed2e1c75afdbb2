//! Every report: its files are there, it is the one its id names, and its evidence is the evidence that is kept.

use super::{
    Verdict, log,
    log::Histories,
    objects::{Measured, expect},
    records::Records,
};
use custody_log::Trust;
use domain::{
    ArtifactKey, ArtifactReference, CustodyEvent, EventKind, EvidenceRecord, EvidenceState, ReportFormat, ReportRecord,
    Snapshot,
};
use std::collections::BTreeMap;
use storage::Storage;

type Kept<'a> = BTreeMap<(String, String), &'a ArtifactReference>;

pub(super) async fn check(
    storage: &Storage,
    records: &Records,
    (measured, histories, trust): (&Measured, &Histories, &Trust),
    verdict: &mut Verdict,
) {
    let kept: Kept<'_> = records.evidence.iter().filter_map(by_id).collect();
    for report in &records.reports {
        let files = report.artifacts.iter().map(|file| &file.artifact);
        let references: Vec<_> = files.chain([&report.snapshot, &report.staging]).collect();
        let there = references.iter().filter(|artifact| expect(artifact, measured, verdict)).count();
        if there == references.len() {
            verdict.checked.reports += 1;
            check_statement(storage, report, (records, measured, histories), trust, verdict).await;
            if let Err(reason) = check_report(storage, report, (records, &kept, histories), measured, verdict).await {
                verdict.problem(format!("report {}", report.report_id), reason);
            }
        }
    }
}

fn by_id(record: &EvidenceRecord) -> Option<((String, String), &ArtifactReference)> {
    let EvidenceState::Collected(collected) = &record.state else { return None };
    let id = (record.slot.tenant.to_string(), record.slot.evidence_id().to_string());
    Some((id, &collected.artifact))
}

async fn check_report(
    storage: &Storage,
    report: &ReportRecord,
    (records, kept, histories): (&Records, &Kept<'_>, &Histories),
    measured: &Measured,
    verdict: &mut Verdict,
) -> Result<(), String> {
    let json = report.artifacts.iter().find(|file| file.format == ReportFormat::Json).ok_or("it has no JSON format")?;
    let json = storage.locker.fetch(&json.artifact).await.map_err(|error| error.to_string())?;
    let snapshot = storage.locker.fetch(&report.snapshot).await.map_err(|error| error.to_string())?;
    let catalog = bundle::agrees(report, Some(&json), &snapshot)?;
    expect(&catalog, measured, verdict);
    let files = report.artifacts.iter().map(|file| &file.artifact);
    for artifact in files.chain([&report.snapshot, &report.staging, &catalog]) {
        if records.locks.get(&artifact.key).is_none_or(|lock| lock.artifact != *artifact) {
            verdict.problem(&artifact.key, "a report rests on it and no lock lies on it");
        }
    }
    let snapshot: Snapshot = serde_json::from_slice(&snapshot).map_err(|error| error.to_string())?;
    log::check_report(report, &snapshot, histories, verdict);
    for frozen in &snapshot.evidence {
        let id = (snapshot.tenant.to_string(), frozen.evidence_id.to_string());
        match kept.get(&id) {
            Some(artifact) if **artifact == frozen.artifact => {}
            Some(_) => verdict.problem(&frozen.evidence_id, "a report rests on other bytes than are recorded"),
            None => verdict.problem(&frozen.evidence_id, "a report rests on it and it is not recorded"),
        }
    }
    Ok(())
}

// Once the log tells of a report, and the batch that brought it is cleared away, there is a statement over it, signed by a key of the log.
async fn check_statement(
    storage: &Storage,
    report: &ReportRecord,
    (records, measured, histories): (&Records, &Measured, &Histories),
    trust: &Trust,
    verdict: &mut Verdict,
) {
    let tenant = &report.inputs.tenant;
    let told = |event: &CustodyEvent| {
        event.tenant == *tenant
            && matches!(&event.kind, EventKind::ReportStored { report_id, .. } if *report_id == report.report_id)
    };
    let is_cleared = records.heads.get(tenant).is_some_and(|head| head.pending.is_empty());
    if !is_cleared || !records.events.iter().any(told) {
        return;
    }
    let key = ArtifactKey::statement(&report.inputs, &report.report_id).to_string();
    let Some(lock) = records.locks.get(&key) else {
        return verdict.problem(&key, "the log tells of the report, and no lock lies on the statement over it");
    };
    if !expect(&lock.artifact, measured, verdict) {
        return;
    }
    let keys = histories.get(tenant).map_or_else(|| trust.keys.clone(), |history| history.keys(&trust.keys, &[]));
    match storage.locker.fetch(&lock.artifact).await {
        Err(error) => verdict.problem(&key, error),
        // After a handing over, the key that signed it may be one that is not named any more.
        Ok(_) if records.told.iter().any(|event| matches!(event.kind, EventKind::KeyRotated { from: Some(_), .. })) => {
        }
        Ok(bytes) => {
            if let Err(reason) = bundle::Envelope::open(&bytes, &keys) {
                verdict.problem(&key, reason);
            }
        }
    }
}
