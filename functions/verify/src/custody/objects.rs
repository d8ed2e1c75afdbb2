//! Every object against its lock, and against the name it has.

use super::{Verdict, records::Records};
use domain::{ArtifactReference, Digest, DocumentName};
use std::collections::BTreeMap;
use storage::{ArtifactKey, Storage, StorageError};

/// What is really there: digest and length, by key.
pub(super) type Measured = BTreeMap<String, (Digest, u64)>;

pub(super) async fn check(
    storage: &Storage,
    records: &mut Records,
    verdict: &mut Verdict,
) -> Result<Measured, StorageError> {
    let mut measured = Measured::new();
    for key in storage.locker.keys().await? {
        records.take_lock(storage, &key, verdict).await?;
        match storage.locker.measure(&key).await {
            Ok((digest, length)) => {
                verdict.checked.objects += 1;
                verdict.checked.bytes += length;
                measured.insert(key, (digest, length));
            }
            Err(error) => verdict.problem(&key, error),
        }
    }
    for foreign in storage.locker.foreign().await? {
        verdict.problem(foreign, "it is not a file that Exhibit made: objects are plain files that nobody may write");
    }
    for lock in records.locks.values() {
        expect(&lock.artifact, &measured, verdict);
    }
    check_unlocked(records, &measured, verdict);
    for draft in storage.locker.damaged_drafts().await? {
        verdict.problem(format!("draft {draft}"), "it is not what its name says");
    }
    Ok(measured)
}

/// Names an object that is absent or is not what its reference says. Tells whether it is.
pub(super) fn expect(artifact: &ArtifactReference, measured: &Measured, verdict: &mut Verdict) -> bool {
    let ArtifactReference { key, digest, length, .. } = artifact;
    match measured.get(key) {
        None => verdict.problem(key, "it is recorded and is not there"),
        Some((found, _)) if found != digest => {
            verdict.problem(key, format!("its SHA-256 has to be {digest} and is {found}"));
        }
        Some((_, found)) if found != length => {
            verdict.problem(key, format!("it has to be {length} bytes long and is {found}"));
        }
        Some(_) => return true,
    }
    false
}

fn check_unlocked(records: &Records, measured: &Measured, verdict: &mut Verdict) {
    for (key, (digest, _)) in measured {
        if ArtifactKey::named_digest(key).is_some_and(|named| named != *digest) {
            verdict.problem(key, format!("its name says that its SHA-256 is another than {digest}"));
        } else if !records.locks.contains_key(key) && is_leftover(key, records) {
            verdict.notes.push(format!("{key}: not referred to and not locked; an interrupted attempt left it"));
        } else if !records.locks.contains_key(key) {
            verdict.problem(key, "no record tells of it: either it was put here, or records were lost");
        }
    }
}

/// Whether an attempt that was interrupted between its object and its lock can have left this: there was such an attempt.
fn is_leftover(key: &str, records: &Records) -> bool {
    let mut parts = key.split('/');
    let (tenant, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let name = parts.nth(1).unwrap_or_default();
    match kind {
        "evidence" => records
            .evidence
            .iter()
            .any(|record| record.slot.tenant.as_str() == tenant && record.slot.evidence_id().as_str() == name),
        "log" => records.heads.keys().any(|of| of.as_str() == tenant),
        // An attempt to hand something in leaves no record before its object is locked: its key has the shape of one, and its tenant a log.
        "documents" => {
            let names = key.split('/').skip(2).take(2).filter(|name| name.parse::<DocumentName>().is_ok()).count();
            let is_whole = names == 2 && key.split('/').count() == 5 && ArtifactKey::named_digest(key).is_some();
            is_whole && records.heads.keys().any(|of| of.as_str() == tenant)
        }
        "catalogs" | "snapshots" | "reports" => records.runs.iter().any(|(of, _)| of.as_str() == tenant),
        _ => false,
    }
}
