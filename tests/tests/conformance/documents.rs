//! Documents that people hand in: versions, and who decides about them.

use crate::{
    custodian::{actor, now},
    instant, later, on_every_variant,
};
use domain::{
    Actor, ArtifactReference, Decision, Digest, DocumentName, DocumentState, DocumentType, EventKind, SourceId,
    Submission,
};
use storage::{ArtifactKey, Content, Locker, Storage, StorageError};
use tests::Ground;

on_every_variant! {
    what_is_handed_in_again_is_the_same_version_and_what_differs_is_the_next
    somebody_else_decides_and_that_is_final
    of_many_who_hand_in_at_once_each_gets_a_version_of_its_own
    of_two_who_decide_at_once_one_does
}

fn source() -> SourceId {
    "uploaded-policies".parse().unwrap()
}

fn document() -> DocumentName {
    "access-policy".parse().unwrap()
}

fn somebody_else() -> Actor {
    "bo@acme.example".parse().unwrap()
}

/// Locks `bytes` as a document.
pub(crate) async fn locked(locker: &Locker, ground: &Ground, bytes: &[u8]) -> Result<ArtifactReference, StorageError> {
    let key = ArtifactKey::document(&ground.tenant, &source(), &document(), Digest::of(bytes), DocumentType::Txt);
    locker.deposit(&key, Content::Memory(bytes), later()).await
}

/// What is handed in when those bytes are.
pub(crate) fn submission(artifact: ArtifactReference) -> Submission {
    Submission {
        source: source(),
        document: document(),
        kind: document(),
        about: None,
        valid_until: None,
        content_type: DocumentType::Txt,
        artifact,
        retain_until: later(),
        submitted_by: actor(),
        submitted_at: now(),
    }
}

async fn handed_in(storage: &Storage, ground: &Ground, bytes: &[u8]) -> (u32, bool) {
    let artifact = locked(&storage.locker, ground, bytes).await.unwrap();
    let submitted = storage.custodian.submit(&ground.tenant, &submission(artifact)).await.unwrap();
    (submitted.version.version, submitted.is_new)
}

async fn decided(
    storage: &Storage,
    ground: &Ground,
    version: u32,
    decision: &Decision,
    by: &Actor,
) -> Result<DocumentState, StorageError> {
    let which = (&source(), &document(), version);
    let decided = storage.custodian.decide(&ground.tenant, which, decision, by, instant("2026-07-03T03:00:00Z")).await;
    decided.map(|version| version.state)
}

async fn told(storage: &Storage, ground: &Ground) -> Vec<String> {
    let events = storage.custodian.waiting_events(&ground.tenant).await.unwrap();
    events.iter().map(|event| event.kind.name()).filter(|name| name.starts_with("document-")).collect()
}

async fn what_is_handed_in_again_is_the_same_version_and_what_differs_is_the_next(ground: &Ground) {
    let storage = ground.open();
    assert_eq!(handed_in(&storage, ground, b"one").await, (1, true));
    assert_eq!(handed_in(&storage, ground, b"one").await, (1, false));
    assert_eq!(handed_in(&storage, ground, b"two").await, (2, true));
    assert_eq!(handed_in(&storage, ground, b"one").await, (3, true));
    let all = storage.custodian.documents(&ground.tenant, Some(&source())).await.unwrap();
    let digests: Vec<Digest> = all.iter().map(|version| version.submission.artifact.digest).collect();
    assert_eq!(digests, [Digest::of(b"one"), Digest::of(b"two"), Digest::of(b"one")]);
    assert_eq!(storage.custodian.documents(&ground.tenant, None).await.unwrap(), all);
    let other: SourceId = "uploaded".parse().unwrap();
    assert!(storage.custodian.documents(&ground.tenant, Some(&other)).await.unwrap().is_empty());
    let place = "document-submitted/uploaded-policies/access-policy";
    assert_eq!(told(&storage, ground).await, [format!("{place}/1"), format!("{place}/2"), format!("{place}/3")]);
}

async fn somebody_else_decides_and_that_is_final(ground: &Ground) {
    let storage = ground.open();
    handed_in(&storage, ground, b"one").await;
    for own in [actor(), actor().as_str().to_uppercase().parse().unwrap()] {
        let own = decided(&storage, ground, 1, &Decision::Approved, &own).await;
        assert!(
            matches!(&own, Err(StorageError::Conflict { reason, .. }) if reason.contains("somebody else")),
            "{own:?}"
        );
    }
    let rejection = Decision::Rejected { reason: "it names last year".into() };
    let by = somebody_else();
    let state = decided(&storage, ground, 1, &rejection, &by).await.unwrap();
    assert!(matches!(&state, DocumentState::Rejected { rejected_by, .. } if *rejected_by == by), "{state:?}");
    assert_eq!(decided(&storage, ground, 1, &rejection, &by).await.unwrap(), state);
    for (decision, who) in [(Decision::Approved, &by), (rejection.clone(), &"cy@acme.example".parse().unwrap())] {
        assert!(matches!(decided(&storage, ground, 1, &decision, who).await, Err(StorageError::Conflict { .. })));
    }
    assert!(matches!(decided(&storage, ground, 2, &rejection, &by).await, Err(StorageError::NotFound { .. })));
    // What was rejected and is handed in again is to be decided again.
    assert_eq!(handed_in(&storage, ground, b"one").await, (2, true));
    decided(&storage, ground, 2, &Decision::Approved, &by).await.unwrap();
    // And so is what was approved: next year's approval is another one.
    assert_eq!(handed_in(&storage, ground, b"one").await, (3, true));
    let found = storage.custodian.document(&ground.tenant, (&source(), &document(), 1)).await.unwrap().unwrap();
    assert_eq!(found.state, state);
    let events = storage.custodian.waiting_events(&ground.tenant).await.unwrap();
    let reasons = events.iter().filter(
        |event| matches!(&event.kind, EventKind::DocumentRejected { reason, .. } if reason == "it names last year"),
    );
    assert_eq!((reasons.count(), told(&storage, ground).await.len()), (1, 5));
}

async fn of_many_who_hand_in_at_once_each_gets_a_version_of_its_own(ground: &Ground) {
    let storage = ground.open();
    let mut running = tokio::task::JoinSet::new();
    for number in 0..4_u8 {
        let (storage, tenant) = (storage.clone(), ground.tenant.clone());
        let artifact = locked(&storage.locker, ground, &[b'a' + number]).await.unwrap();
        running.spawn(async move {
            storage.custodian.submit(&tenant, &submission(artifact)).await.unwrap().version.version
        });
    }
    let mut versions = running.join_all().await;
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3, 4]);
    assert_eq!(told(&storage, ground).await.len(), 4);
}

async fn of_two_who_decide_at_once_one_does(ground: &Ground) {
    let storage = ground.open();
    handed_in(&storage, ground, b"one").await;
    let (bo, cy) = (somebody_else(), "cy@acme.example".parse().unwrap());
    let rejection = Decision::Rejected { reason: "no".into() };
    let (one, other) = tokio::join!(
        decided(&storage, ground, 1, &Decision::Approved, &bo),
        decided(&storage, ground, 1, &rejection, &cy)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(told(&storage, ground).await.len(), 2);
}
