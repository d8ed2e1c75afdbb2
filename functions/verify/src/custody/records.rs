//! Every record, read as what its place says it is.

use super::Verdict;
use bundle::History;
use domain::{
    CustodyEvent, DocumentVersion, EventKind, EvidenceRecord, LegalHold, ReportRecord, ReportRun, SourceId, Submission,
    TenantId, Timestamp,
};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use storage::{Lock, LogHead, Record, RecordKey, Storage, StorageError};

/// Everything the Table holds, by kind.
#[derive(Default)]
pub(super) struct Records {
    pub(super) evidence: Vec<EvidenceRecord>,
    pub(super) runs: Vec<(TenantId, ReportRun)>,
    pub(super) reports: Vec<ReportRecord>,
    /// Events: in the log, and waiting for it.
    pub(super) events: Vec<CustodyEvent>,
    /// Those that wait, with their place.
    pub(super) waiting: Vec<(RecordKey, CustodyEvent)>,
    /// Records that are the event itself.
    pub(super) told: Vec<CustodyEvent>,
    /// How far periods are sealed.
    pub(super) sealed: BTreeMap<(TenantId, String), Timestamp>,
    /// The heads of logs.
    pub(super) heads: BTreeMap<TenantId, LogHead>,
    /// Documents that were handed in.
    pub(super) documents: Vec<DocumentVersion>,
    pub(super) locks: BTreeMap<String, Lock>,
}

impl Records {
    pub(super) async fn read(storage: &Storage, verdict: &mut Verdict) -> Result<Self, StorageError> {
        let mut records = Records::default();
        for partition in storage.table.partitions().await? {
            for found in storage.table.inspect(&partition).await? {
                verdict.checked.records += 1;
                match found {
                    Ok(record) => records.take(&record, verdict),
                    Err(error) => verdict.problem(&partition, error),
                }
            }
        }
        Ok(records)
    }

    /// The lock of an object: its record, or what the store itself says where locks are the store's own (S3).
    pub(super) async fn take_lock(
        &mut self,
        storage: &Storage,
        key: &str,
        verdict: &mut Verdict,
    ) -> Result<(), StorageError> {
        if self.locks.contains_key(key) {
            return Ok(());
        }
        match storage.locker.lock_of(key).await {
            Ok(lock) => self.locks.extend(lock.map(|lock| (key.to_owned(), lock))),
            Err(error @ StorageError::Unavailable { .. }) => return Err(error),
            Err(error) => verdict.problem(key, error),
        }
        Ok(())
    }

    fn take(&mut self, record: &Record, verdict: &mut Verdict) {
        if let Err(reason) = self.sort_in(record) {
            verdict.problem(&record.key, reason);
        }
    }

    fn sort_in(&mut self, record: &Record) -> Result<(), String> {
        if record.key.partition == RecordKey::LOCKS {
            let lock: Lock = read(record)?;
            let expected = RecordKey { partition: RecordKey::LOCKS.to_owned(), sort: lock.artifact.key.clone() };
            placed(record, &expected)?;
            self.locks.insert(lock.artifact.key.clone(), lock);
            return Ok(());
        }
        let unknown = || "it belongs to nothing that Exhibit keeps".to_owned();
        let (tenant, kind) = record.key.partition.split_once('/').ok_or_else(unknown)?;
        let tenant = TenantId::new(tenant).map_err(|error| error.to_string())?;
        match kind {
            "runs" => {
                let run: ReportRun = read(record)?;
                placed(record, &RecordKey::run(&tenant, &run.run_id))?;
                self.runs.push((tenant, run));
            }
            "reports" => {
                let report: ReportRecord = read(record)?;
                placed(record, &RecordKey::report(&report.inputs.tenant, &report.report_id))?;
                self.reports.push(report);
            }
            "outbox" | "handed-out" => {
                let event: CustodyEvent = read(record)?;
                placed(record, &place_of(&event))?;
                self.waiting.push((record.key.clone(), event));
            }
            "commitments" | "catalogs" | "keys" | "roles" => self.sort_in_told(&tenant, kind, record)?,
            "holds" => {
                let hold: LegalHold = read(record)?;
                placed(record, &RecordKey::hold(&tenant, &hold.hold))?;
                self.told.push(hold.placed(&tenant));
                self.told.extend(hold.released(&tenant));
            }
            "documents" => {
                let version: DocumentVersion = read(record)?;
                let Submission { source, document, .. } = &version.submission;
                placed(record, &RecordKey::document(&tenant, source, document, version.version))?;
                self.told.push(version.submitted(&tenant));
                self.told.extend(version.decided(&tenant));
                self.documents.push(version);
            }
            "sealed" => {
                let until: SealedUntil = read(record)?;
                self.sealed.insert((tenant, record.key.sort.clone()), until.until);
            }
            // How far requests to a source are given out: nothing rests on it.
            "pace" if record.key.sort.parse::<SourceId>().is_ok() => {}
            "log" if record.key == RecordKey::log_head(&tenant) => drop(self.heads.insert(tenant, read(record)?)),
            "log" if record.key == RecordKey::log_checkpoint(&tenant) => {}
            kind if kind.starts_with("evidence/") => {
                let evidence: EvidenceRecord = read(record)?;
                placed(record, &RecordKey::evidence(&evidence.slot))?;
                self.evidence.push(evidence);
            }
            _ => return Err(unknown()),
        }
        Ok(())
    }
}

impl Records {
    // A record that is the event of the change itself.
    fn sort_in_told(&mut self, tenant: &TenantId, kind: &str, record: &Record) -> Result<(), String> {
        let event: CustodyEvent = read(record)?;
        let place = match &event.kind {
            EventKind::SlotsCommitted(committed) => {
                RecordKey::commitment(tenant, &committed.control, event.recorded_at)
            }
            EventKind::CatalogPublished { sequence, .. } => RecordKey::publication(tenant, *sequence),
            EventKind::KeyRotated { to, .. } => RecordKey::log_key(tenant, to),
            EventKind::RoleChanged { subject, .. } => RecordKey::roles(tenant, subject),
            _ => return Err(format!("it is no event that belongs among {kind}")),
        };
        placed(record, &place)?;
        self.told.push(event);
        Ok(())
    }

    /// Takes the events of the log in, and of those that wait only what is not in it: a batch that is not cleared away yet stands in both.
    pub(super) fn log_events(&mut self, tenant: &TenantId, head: &LogHead, history: &History) {
        let in_log = |place: &RecordKey| {
            let place = format!("{}/{}", place.partition.rsplit('/').next().unwrap_or_default(), place.sort);
            head.stored.size == head.size && head.pending.contains(&place)
        };
        self.waiting.retain(|(place, event)| event.tenant != *tenant || !in_log(place));
        self.events.extend(history.entries.iter().map(|entry| entry.event.clone()));
    }

    /// Every event there is.
    pub(super) fn all_events(&self) -> impl Iterator<Item = &CustodyEvent> {
        self.events.iter().chain(self.waiting.iter().map(|(_, event)| event))
    }
}

#[derive(serde::Deserialize)]
struct SealedUntil {
    until: Timestamp,
}

fn place_of(event: &CustodyEvent) -> RecordKey {
    let place = match event.kind {
        EventKind::LinkHandedOut { .. } => RecordKey::handed_out,
        _ => RecordKey::event,
    };
    place(&event.tenant, event.recorded_at, &event.name())
}

fn read<T: DeserializeOwned>(record: &Record) -> Result<T, String> {
    record.read().map_err(|error| error.to_string())
}

// A record says itself where it belongs; one that was copied elsewhere tells a different story there.
fn placed(record: &Record, expected: &RecordKey) -> Result<(), String> {
    if record.key == *expected { Ok(()) } else { Err(format!("its content belongs to {expected}")) }
}
