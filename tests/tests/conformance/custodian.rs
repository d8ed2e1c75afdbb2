//! Evidence, runs and links over the two contracts.

use crate::{instant, key, later, on_every_variant};
use domain::{
    Actor, ArtifactReference, CollectedEvidence, EventKind, EvidenceState, ReportRun, RunState, Slot, Timestamp,
};
use std::sync::{Arc, Mutex};
use storage::{ArtifactKey, Begun, Content, FaultHook, Lease, Locker, Storage};
use tests::Ground;

on_every_variant! {
    a_new_slot_is_begun_with_one_write_and_kept_with_three_calls
    a_slot_is_begun_by_one_and_a_lost_answer_is_the_same_lease
    of_many_who_begin_one_slot_at_once_one_collects_it
    a_lease_that_ended_is_taken_over_and_late_evidence_is_kept
    links_that_were_handed_out_are_events_in_order_with_the_others
    runs_are_listed_page_by_page
}

pub(crate) fn actor() -> Actor {
    "tester@acme.example".parse().unwrap()
}

pub(crate) fn now() -> Timestamp {
    instant("2026-07-02T03:00:00Z")
}

pub(crate) fn slot(ground: &Ground) -> Slot {
    Slot {
        tenant: ground.tenant.clone(),
        control: "access-mfa".parse().unwrap(),
        source: "aws-iam".parse().unwrap(),
        period: "2026-07-01".parse().unwrap(),
    }
}

pub(crate) async fn begin(storage: &Storage, ground: &Ground, owner: &str) -> Begun {
    let slot = slot(ground);
    storage.custodian.begin(&slot, owner, now(), instant("2026-07-02T03:05:00Z")).await.unwrap()
}

fn lease(begun: Begun) -> Lease {
    match begun {
        Begun::Started(lease) => lease,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn collected(artifact: ArtifactReference) -> CollectedEvidence {
    CollectedEvidence {
        artifact,
        executed_at: now(),
        executed_by: actor(),
        recorded_at: now(),
        retain_until: later(),
        query: "credential-report".parse().unwrap(),
        query_version: 1,
        row_count: 3,
    }
}

pub(crate) async fn evidence(locker: &Locker, ground: &Ground) -> ArtifactReference {
    let key = ArtifactKey::evidence(&slot(ground), domain::Digest::of(b"evidence"));
    locker.deposit(&key, Content::Memory(b"evidence"), later()).await.unwrap()
}

/// The names of what is asked of the stores.
fn heard() -> (FaultHook, Arc<Mutex<Vec<&'static str>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&calls);
    let hook = FaultHook::new(move |operation| {
        heard.lock().unwrap().push(operation.name);
        None
    });
    (hook, calls)
}

async fn a_new_slot_is_begun_with_one_write_and_kept_with_three_calls(ground: &Ground) {
    let (hook, calls) = heard();
    let storage = ground.open_with_faults(hook);
    let lease = lease(begin(&storage, ground, "one").await);
    let artifact = evidence(&storage.locker, ground).await;
    let record = storage.custodian.commit(&lease, collected(artifact)).await.unwrap();
    assert!(matches!(record.state, EvidenceState::Collected(_)));
    assert_eq!(*calls.lock().unwrap(), ["table.transact", "locker.deposit", "table.transact"]);
}

async fn a_slot_is_begun_by_one_and_a_lost_answer_is_the_same_lease(ground: &Ground) {
    let storage = ground.open();
    let first = lease(begin(&storage, ground, "one").await);
    assert_eq!(lease(begin(&storage, ground, "one").await), first);
    let until = instant("2026-07-02T03:05:00Z");
    assert_eq!(begin(&storage, ground, "two").await, Begun::UnderWay { lease_until: until });
    let artifact = evidence(&storage.locker, ground).await;
    let record = storage.custodian.commit(&first, collected(artifact.clone())).await.unwrap();
    assert_eq!(storage.custodian.commit(&first, collected(artifact)).await.unwrap(), record);
    assert_eq!(begin(&storage, ground, "two").await, Begun::AlreadyCollected(Box::new(record.clone())));
    assert_eq!(storage.custodian.evidence(&slot(ground)).await.unwrap(), Some(record));
    assert_eq!(storage.custodian.waiting_events(&ground.tenant).await.unwrap().len(), 1);
}

async fn of_many_who_begin_one_slot_at_once_one_collects_it(ground: &Ground) {
    let storage = ground.open();
    let mut running = tokio::task::JoinSet::new();
    for number in 0..50 {
        let (storage, slot) = (storage.clone(), slot(ground));
        let until = instant("2026-07-02T03:05:00Z");
        let owner = format!("owner{number}");
        running.spawn(async move { storage.custodian.begin(&slot, &owner, now(), until).await.unwrap() });
    }
    let begun = running.join_all().await;
    assert_eq!(begun.iter().filter(|begun| matches!(begun, Begun::Started(_))).count(), 1);
    assert!(begun.iter().all(|begun| !matches!(begun, Begun::AlreadyCollected(_))));
}

async fn a_lease_that_ended_is_taken_over_and_late_evidence_is_kept(ground: &Ground) {
    let storage = ground.open();
    let late = lease(begin(&storage, ground, "one").await);
    let after = instant("2026-07-02T04:00:00Z");
    let until = instant("2026-07-02T04:05:00Z");
    let second = lease(storage.custodian.begin(&slot(ground), "two", after, until).await.unwrap());
    assert_eq!(second.attempt, 2);
    let artifact = evidence(&storage.locker, ground).await;
    let kept = storage.custodian.commit(&late, collected(artifact.clone())).await.unwrap();
    assert_eq!(storage.custodian.commit(&second, collected(artifact)).await.unwrap(), kept);
    assert_eq!(storage.custodian.waiting_events(&ground.tenant).await.unwrap().len(), 1);
}

async fn links_that_were_handed_out_are_events_in_order_with_the_others(ground: &Ground) {
    let storage = ground.open();
    let first = lease(begin(&storage, ground, "one").await);
    let artifact = evidence(&storage.locker, ground).await;
    let hand_out = |token, at| storage.custodian.hand_out(&ground.tenant, &AUDITOR, &artifact, token, at);
    let (before, after) = (instant("2026-07-02T02:00:00Z"), instant("2026-07-02T03:00:00.5Z"));
    hand_out("second", after).await.unwrap();
    hand_out("second", after).await.unwrap();
    hand_out("first", before).await.unwrap();
    storage.custodian.commit(&first, collected(artifact.clone())).await.unwrap();
    let other = ArtifactReference { key: key(ground, b"x").to_string(), ..artifact.clone() };
    let answer = storage.custodian.hand_out(&ground.tenant, &AUDITOR, &other, "second", after).await;
    assert!(matches!(answer, Err(storage::StorageError::Conflict { .. })), "{answer:?}");
    let events = storage.custodian.waiting_events(&ground.tenant).await.unwrap();
    let names: Vec<_> = events.iter().map(domain::CustodyEvent::name).collect();
    let evidence_id = slot(ground).evidence_id();
    assert_eq!(
        names,
        [
            "link-handed-out/first".to_owned(),
            format!("evidence-collected/{evidence_id}"),
            "link-handed-out/second".to_owned()
        ]
    );
    let ArtifactReference { key, version, digest, .. } = artifact;
    assert_eq!(events[0].kind, EventKind::LinkHandedOut { token: "first".into(), key, version, digest });
    assert_eq!(events[0].actor, *AUDITOR);
}

static AUDITOR: std::sync::LazyLock<Actor> = std::sync::LazyLock::new(|| "auditor@acme.example".parse().unwrap());

async fn runs_are_listed_page_by_page(ground: &Ground) {
    let custodian = ground.open().custodian;
    for number in [3, 1, 2] {
        let run = ReportRun {
            run_id: format!("run-{number}").parse().unwrap(),
            framework: "soc2".parse().unwrap(),
            period: "2026-07".parse().unwrap(),
            requested_by: actor(),
            requested_at: now(),
            state: RunState::Requested,
        };
        custodian.request(&ground.tenant, &run).await.unwrap();
        custodian.request(&ground.tenant, &run).await.unwrap();
    }
    let first = custodian.runs_page(&ground.tenant, None, 2).await.unwrap();
    assert_eq!(first.next.as_deref(), Some("run-2"));
    let second = custodian.runs_page(&ground.tenant, first.next.as_deref(), 2).await.unwrap();
    let ids: Vec<_> = first.records.iter().chain(&second.records).map(|run| run.run_id.to_string()).collect();
    assert_eq!((ids, second.next), (vec!["run-1".to_owned(), "run-2".into(), "run-3".into()], None));
    assert_eq!(custodian.reports_page(&ground.tenant, None, 2).await.unwrap().records.len(), 0);
}
