//! Every call fails once, as not done and as done with the answer lost; asked again, the answer is the one without faults.

use crate::{
    custodian::{actor, collected, now, slot},
    documents::{locked, submission},
    instant, later, on_every_variant,
};
use domain::{CustodyEvent, Decision, EventKind, EvidenceRecord, RunId};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use storage::{ArtifactKey, Begun, Content, Fault, FaultHook, Run, Storage, StorageError};
use tests::Ground;

on_every_variant! {
    a_call_that_failed_or_whose_answer_was_lost_is_answered_the_same_when_asked_again
}

/// Everything that is asked on the way from a slot to a link.
async fn work(storage: &Storage, ground: &Ground) -> Result<(EvidenceRecord, Vec<CustodyEvent>), StorageError> {
    let (custodian, locker, slot) = (&storage.custodian, &storage.locker, slot(ground));
    let key = ArtifactKey::evidence(&slot, domain::Digest::of(b"evidence"));
    let begun = custodian.begin(&slot, "owner", now(), instant("2026-07-02T03:05:00Z")).await?;
    let artifact = locker.deposit(&key, Content::Memory(b"evidence"), later()).await?;
    let record = match begun {
        Begun::Started(lease) => custodian.commit(&lease, collected(artifact.clone())).await?,
        Begun::AlreadyCollected(record) => *record,
        other => panic!("nobody else is at it: {other:?}"),
    };
    locker.extend(&artifact, instant("2034-01-01T00:00:00Z")).await?;
    locker.hold(&artifact).await?;
    locker.release(&artifact).await?;
    assert_eq!(locker.fetch(&artifact).await?, b"evidence");
    let run_id = RunId::new("1").unwrap();
    let run = Run { tenant: &ground.tenant, run_id: &run_id };
    let draft = locker.put_draft(run, Content::Memory(b"draft")).await?;
    assert_eq!(locker.read_draft(run, draft).await?, b"draft");
    custodian.hand_out(&ground.tenant, &actor(), &artifact, "token", now()).await?;
    locker.link(&artifact, std::time::Duration::from_secs(60)).await?;
    let handed_in = locked(locker, ground, b"a policy").await?;
    // Whoever sees that it is decided does not hand it in again: that would be the next version.
    let submission = submission(handed_in);
    let newest = custodian.newest_version(&ground.tenant, &submission.source, &submission.document).await?;
    let version = match newest.filter(|newest| newest.state.decision().is_some()) {
        Some(decided) => decided,
        None => custodian.submit(&ground.tenant, &submission).await?.version,
    };
    let which = (&version.submission.source, &version.submission.document, version.version);
    let by = "bo@acme.example".parse().unwrap();
    custodian.decide(&ground.tenant, which, &Decision::Approved, &by, now()).await?;
    let events = custodian.waiting_events(&ground.tenant).await?;
    Ok((record, events))
}

async fn forget(storage: &Storage, ground: &Ground) -> Result<(), StorageError> {
    let run_id = RunId::new("1").unwrap();
    storage.locker.remove_drafts(Run { tenant: &ground.tenant, run_id: &run_id }).await
}

/// A hook that fails the call number `chosen`, and counts.
fn failing(chosen: usize, fault: Fault) -> (FaultHook, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let hook = FaultHook::new(move |_| (counted.fetch_add(1, Ordering::SeqCst) == chosen).then_some(fault));
    (hook, count)
}

async fn again_and_again(storage: &Storage, ground: &Ground) -> (EvidenceRecord, Vec<CustodyEvent>) {
    for _ in 0..2 {
        match work(storage, ground).await {
            Ok(done) if forget(storage, ground).await.is_ok() => return done,
            Ok(_) | Err(StorageError::Unavailable { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    let done = work(storage, ground).await.unwrap();
    forget(storage, ground).await.unwrap();
    done
}

// Evidence, event and version of the object have to be the ones that were recorded first, so each fault has a tenant of its
// own; what is compared is free of it.
fn plain(ground: &Ground, (record, events): (EvidenceRecord, Vec<CustodyEvent>)) -> String {
    let version = match &record.state {
        domain::EvidenceState::Collected(kept) => kept.artifact.version.clone(),
        other => panic!("{other:?}"),
    };
    let of_document = events.iter().find_map(|event| match &event.kind {
        EventKind::DocumentSubmitted { object_version, .. } => Some(object_version.clone()),
        _ => None,
    });
    let told = format!("{record:?} {events:?}").replace(ground.tenant.as_str(), "tenant").replace(&version, "version");
    told.replace(&of_document.unwrap(), "version")
}

async fn a_call_that_failed_or_whose_answer_was_lost_is_answered_the_same_when_asked_again(ground: &Ground) {
    let (hook, count) = failing(usize::MAX, Fault::Failed);
    let undisturbed = plain(ground, again_and_again(&ground.open_with_faults(hook), ground).await);
    let calls = count.load(Ordering::SeqCst);
    assert!(calls >= 17, "{calls}");
    for chosen in 0..calls {
        for fault in [Fault::Failed, Fault::AnswerLost] {
            let other = ground.of_another_tenant();
            let (hook, _) = failing(chosen, fault);
            let done = plain(&other, again_and_again(&other.open_with_faults(hook), &other).await);
            assert_eq!(done, undisturbed, "call {chosen} of {calls}: {fault:?}");
        }
    }
}
