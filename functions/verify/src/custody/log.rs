//! The log of each tenant: every entry and tile, the head, the checkpoint, and what waits in the outbox.

use super::{Verdict, records::Records};
use bundle::{Entry, History, LogFiles, LogVerdict, Problem, Since};
use custody_log::{SignedCheckpoint, TileName, Trust, leaf_hash};
use domain::{ArtifactKey, TenantId, canonical};
use std::collections::{BTreeMap, BTreeSet};
use storage::{LogHead, Storage, StorageError};

/// The log of each tenant, with what waits for it after its last entry.
pub(super) type Histories = BTreeMap<TenantId, History>;

pub(super) async fn read(
    storage: &Storage,
    records: &mut Records,
    by: (&Trust, Option<&Since>),
    verdict: &mut Verdict,
) -> Result<Histories, StorageError> {
    let mut histories = Histories::new();
    for tenant in records.waiting.iter().map(|(_, event)| event.tenant.clone()).collect::<BTreeSet<_>>() {
        // Nothing was sealed yet: what waits is all there is.
        if !records.heads.contains_key(&tenant) {
            let history = with_waiting(History::default(), records, &tenant);
            histories.insert(tenant, history);
        }
    }
    for (tenant, head) in records.heads.clone() {
        let tiles = tiles(storage, &tenant, head.stored.size).await?;
        let name = |name: TileName| ArtifactKey::log_tile(&tenant, name).to_string();
        let read = |name: TileName| tiles.get(&name).cloned().unwrap_or_else(|| Err("it is not there".to_owned()));
        let mut problems = Vec::new();
        let history = History::read(&tenant, head.stored.size, &LogFiles { read: &read, name: &name }, &mut problems);
        check_head(&tenant, &head, &history, verdict);
        check_checkpoint(storage, &tenant, (&head, &history), by, verdict).await?;
        verdict.checked.entries += history.size();
        records.log_events(&tenant, &head, &history);
        let history = with_waiting(history, records, &tenant);
        verdict.checked.periods += bundle::check_sealed(&tenant, &history, &mut problems);
        verdict.problems.extend(problems);
        histories.insert(tenant, history);
    }
    Ok(histories)
}

type Tiles = BTreeMap<TileName, Result<Vec<u8>, String>>;

async fn tiles(storage: &Storage, tenant: &TenantId, size: u64) -> Result<Tiles, StorageError> {
    let mut tiles = Tiles::new();
    for name in TileName::entries_of(size).chain(TileName::hashes_of(size)) {
        let key = ArtifactKey::log_tile(tenant, name);
        let read = match storage.locker.lock_of(key.as_str()).await {
            Ok(Some(lock)) => storage.locker.fetch(&lock.artifact).await,
            Ok(None) => Err(StorageError::NotFound { key: key.to_string() }),
            Err(error) => Err(error),
        };
        match read {
            Err(error @ StorageError::Unavailable { .. }) => return Err(error),
            Err(StorageError::NotFound { .. }) => {}
            read => drop(tiles.insert(name, read.map_err(|error| error.to_string()))),
        }
    }
    Ok(tiles)
}

fn check_head(tenant: &TenantId, head: &LogHead, history: &History, verdict: &mut Verdict) {
    let what = format!("{tenant}/log | head");
    if history.root_at(head.stored.size) != Some(head.stored.root) && history.size() == head.stored.size {
        verdict.problem(&what, "its root is not the one of the entries");
    }
    let pending = head.pending.len() as u64;
    if head.size < head.stored.size || (head.size > head.stored.size && head.size - head.stored.size != pending) {
        verdict.problem(&what, "it counts other entries than it names");
    }
    if head.size == head.stored.size && head.root != head.stored.root {
        verdict.problem(&what, "it gives two roots for one size");
    }
}

async fn check_checkpoint(
    storage: &Storage,
    tenant: &TenantId,
    (head, history): (&LogHead, &History),
    (trust, since): (&Trust, Option<&Since>),
    verdict: &mut Verdict,
) -> Result<(), StorageError> {
    let what = format!("{tenant}/log | checkpoint");
    let published = match storage.custodian.checkpoint(tenant).await {
        Ok(published) => published,
        Err(error @ StorageError::Unavailable { .. }) => return Err(error),
        // The record itself is named where records are read.
        Err(_) => return Ok(()),
    };
    let Some((_, note)) = published else {
        match head.pending.is_empty() && head.size > 0 {
            true => verdict.problem(&what, "there is none: nobody signed the log"),
            false => verdict.notes.push(format!("{what}: not published yet; the next sealing does")),
        }
        return Ok(());
    };
    let keys = history.keys(&trust.keys, &handed_over(storage, tenant).await?);
    let trust = Trust { keys, witnesses: trust.witnesses.clone() };
    let opened = match SignedCheckpoint::read(&note).and_then(|note| note.open(&trust)) {
        Ok(opened) => opened,
        Err(error) => {
            verdict.problem(&what, error);
            return Ok(());
        }
    };
    if let Err(reason) = history.check_root(&opened) {
        verdict.problem(&what, reason);
    }
    // Behind the head only while a batch is not cleared away.
    if opened.checkpoint.size < head.stored.size && head.pending.is_empty() {
        verdict.problem(
            &what,
            format!("it is of {} entries, and the log has {}", opened.checkpoint.size, head.stored.size),
        );
    }
    let seen = since.map(|since| history.check_since(since, &trust)).transpose();
    if let Err(reason) = &seen {
        verdict.problem("the checkpoint that was kept", reason);
    }
    for witness in
        trust.witnesses.iter().filter(|witness| !opened.cosigned_by.iter().any(|by| by.witness == witness.name()))
    {
        verdict.problem(&what, format!("the witness {witness} did not cosign it"));
    }
    verdict.logs.push(LogVerdict {
        origin: opened.checkpoint.origin.clone(),
        size: opened.checkpoint.size,
        root: opened.checkpoint.root.to_string(),
        signed_by: opened.signed_by.iter().map(ToString::to_string).collect(),
        cosigned_by: opened.cosigned_by.iter().map(|by| (by.witness.clone(), by.at)).collect(),
        since: seen.ok().flatten(),
    });
    Ok(())
}

async fn handed_over(storage: &Storage, tenant: &TenantId) -> Result<Vec<Vec<u8>>, StorageError> {
    let folder = format!("{tenant}/log/checkpoints/");
    let mut notes = Vec::new();
    for key in storage.locker.keys().await?.into_iter().filter(|key| key.starts_with(&folder)) {
        if let Ok(Some(lock)) = storage.locker.lock_of(&key).await {
            notes.extend(storage.locker.fetch(&lock.artifact).await.ok());
        }
    }
    Ok(notes)
}

// What waits comes after everything that is in the log, in its order.
fn with_waiting(mut history: History, records: &Records, tenant: &TenantId) -> History {
    let mut waiting: Vec<_> = records.waiting.iter().filter(|(_, event)| event.tenant == *tenant).collect();
    waiting.sort_by(|one, other| one.0.sort.cmp(&other.0.sort));
    for (index, (_, event)) in (history.size()..).zip(waiting) {
        let leaf = leaf_hash(&canonical::to_bytes(event).unwrap_or_default());
        history.entries.push(Entry { index, leaf, event: event.clone() });
    }
    history
}

/// Checks one report against the log.
pub(super) fn check_report(
    record: &domain::ReportRecord,
    snapshot: &domain::Snapshot,
    histories: &Histories,
    verdict: &mut Verdict,
) {
    match histories.get(&record.inputs.tenant) {
        Some(history) => {
            let problems: Vec<Problem> = bundle::check_history(record, snapshot, history);
            verdict.problems.extend(problems);
        }
        None => verdict.problem(format!("report {}", record.report_id), "there is no log that tells of it"),
    }
}
