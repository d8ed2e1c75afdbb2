//! Every object against its lock, and against the name it has.

use super::{Verdict, records::Records};
use domain::{ArtifactReference, Digest, EvidenceState};
use std::collections::{BTreeMap, BTreeSet};
use storage::{ArtifactKey, Storage, StorageError};

/// What is really there: digest and length, by key.
pub(super) type Measured = BTreeMap<String, (Digest, u64)>;

pub(super) async fn check(
    storage: &Storage,
    records: &Records,
    verdict: &mut Verdict,
) -> Result<Measured, StorageError> {
    let mut measured = Measured::new();
    for key in storage.locker.keys().await? {
        match storage.locker.measure(&key).await {
            Ok((digest, length)) => {
                verdict.checked.objects += 1;
                verdict.checked.bytes += length;
                measured.insert(key, (digest, length));
            }
            Err(error) => verdict.problem(&key, error),
        }
    }
    for lock in &records.locks {
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
    let locked: BTreeSet<&str> = records.locks.iter().map(|lock| lock.artifact.key.as_str()).collect();
    let referred: BTreeSet<&str> = references(records).map(|artifact| artifact.key.as_str()).collect();
    for (key, (digest, _)) in measured {
        let named = ArtifactKey::named_digest(key);
        if named.is_some_and(|named| named != *digest) {
            verdict.problem(key, format!("its name says that its SHA-256 is another than {digest}"));
        } else if !locked.contains(key.as_str()) && referred.contains(key.as_str()) {
            verdict.problem(key, "it is recorded and no lock lies on it");
        } else if !locked.contains(key.as_str()) {
            verdict.notes.push(format!("{key}: not referred to and not locked; an interrupted attempt left it"));
        }
    }
}

/// Every reference to an object that records of evidence and reports hold.
fn references(records: &Records) -> impl Iterator<Item = &ArtifactReference> {
    let evidence = records.evidence.iter().filter_map(|record| match &record.state {
        EvidenceState::Collected(collected) => Some(&collected.artifact),
        EvidenceState::Pending { .. } | EvidenceState::Failed { .. } => None,
    });
    let reports = records.reports.iter().flat_map(|report| {
        let files = report.artifacts.iter().map(|file| &file.artifact);
        files.chain([&report.snapshot, &report.staging])
    });
    evidence.chain(reports)
}
