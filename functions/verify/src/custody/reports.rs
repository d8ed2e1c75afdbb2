//! Every report: its files are there, it is the one its id names, and its evidence is the evidence that is kept.

use super::{
    Verdict, log,
    log::Histories,
    objects::{Measured, expect},
    records::Records,
};
use domain::{ArtifactReference, EvidenceRecord, EvidenceState, ReportFormat, ReportRecord, Snapshot};
use std::collections::BTreeMap;
use storage::Storage;

type Kept<'a> = BTreeMap<(String, String), &'a ArtifactReference>;

pub(super) async fn check(
    storage: &Storage,
    records: &Records,
    measured: &Measured,
    histories: &Histories,
    verdict: &mut Verdict,
) {
    let kept: Kept<'_> = records.evidence.iter().filter_map(by_id).collect();
    for report in &records.reports {
        let files = report.artifacts.iter().map(|file| &file.artifact);
        let references: Vec<_> = files.chain([&report.snapshot, &report.staging]).collect();
        let there = references.iter().filter(|artifact| expect(artifact, measured, verdict)).count();
        if there == references.len() {
            verdict.checked.reports += 1;
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
