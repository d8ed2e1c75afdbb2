use super::*;
use crate::testing::catalog;
use domain::{Actor, ArtifactReference, CollectedEvidence, Digest, Failure};
use storage::Begun;

struct Store {
    storage: Storage,
    _folder: tempfile::TempDir,
}

fn store() -> Store {
    let folder = tempfile::tempdir().unwrap();
    Store { storage: Storage::embedded(folder.path()).unwrap(), _folder: folder }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn missing_at(store: &Store, since: Option<&str>, now: &str) -> Vec<String> {
    let tenants = ["acme".parse().unwrap()];
    let missing = missing(&store.storage, &catalog(), &tenants, since.map(at), at(now)).await.unwrap();
    missing.into_values().flatten().map(|slot| slot.evidence_id().to_string()).collect()
}

async fn begin(store: &Store, evidence: &str) -> storage::Lease {
    let id: domain::EvidenceId = evidence.parse().unwrap();
    let slot = id.slot("acme".parse().unwrap()).unwrap();
    let now = at("2026-07-02T03:00:00Z");
    match store.storage.custodian.begin(&slot, "test", now, at("2026-07-02T03:15:00Z")).await.unwrap() {
        Begun::Started(lease) => lease,
        other => panic!("{other:?}"),
    }
}

async fn collect(store: &Store, evidence: &str) {
    let lease = begin(store, evidence).await;
    let digest = Digest::of(b"document");
    let artifact = ArtifactReference { key: "acme/x".to_owned(), version: "1".to_owned(), digest, length: 8 };
    let when = at("2026-07-02T03:00:01Z");
    let collected = CollectedEvidence {
        artifact,
        executed_at: when,
        executed_by: "test".parse().unwrap(),
        recorded_at: when,
        retain_until: when,
        query: "accounts".parse().unwrap(),
        query_version: 1,
        row_count: 0,
    };
    store.storage.custodian.commit(&lease, collected).await.unwrap();
}

const ALL_OF_THE_FIRST: [&str; 3] =
    ["gone.aws-iam.2026-07-01", "gone.hr-system.2026-07-01", "second-factor.aws-iam.2026-07-01"];

#[tokio::test]
async fn what_nobody_tried_is_missing_an_hour_after_its_firing_and_not_before() {
    let store = store();
    // Before the firings of the second, the slots of the last of June are the newest that can be missing.
    assert!(missing_at(&store, None, "2026-07-02T03:59:59Z").await.iter().all(|id| id.ends_with("2026-06-30")));
    let first = missing_at(&store, None, "2026-07-02T04:00:00Z").await;
    assert_eq!(first.iter().filter(|id| id.ends_with("2026-07-01")).collect::<Vec<_>>(), [ALL_OF_THE_FIRST[2]]);
    assert_eq!(missing_at(&store, None, "2026-07-02T05:00:00Z").await, ALL_OF_THE_FIRST);
}

#[tokio::test]
async fn what_was_collected_or_failed_is_not_missing_and_what_was_only_begun_is() {
    let store = store();
    collect(&store, ALL_OF_THE_FIRST[0]).await;
    let lease = begin(&store, ALL_OF_THE_FIRST[1]).await;
    let actor = Actor::new("test").unwrap();
    let failed_at = at("2026-07-02T03:00:01Z");
    store.storage.custodian.fail(&lease, Failure::SourceDenied, "no", &actor, failed_at).await.unwrap();
    begin(&store, ALL_OF_THE_FIRST[2]).await;
    assert_eq!(missing_at(&store, None, "2026-07-02T09:00:00Z").await, [ALL_OF_THE_FIRST[2]]);
}

#[tokio::test]
async fn nothing_is_missing_from_before_collecting_began() {
    let store = store();
    assert!(missing_at(&store, Some("2026-07-02T00:00:00Z"), "2026-07-02T09:00:00Z").await.is_empty());
    assert_eq!(missing_at(&store, Some("2026-07-01T12:00:00Z"), "2026-07-02T09:00:00Z").await.len(), 3);
}

#[tokio::test]
async fn every_control_is_named_so_that_its_metric_is_zero_and_not_absent() {
    let now = at("2026-07-02T09:00:00Z");
    let missing = missing(&store().storage, &catalog(), &[], None, now).await.unwrap();
    assert_eq!(missing.keys().map(ControlId::as_str).collect::<Vec<_>>(), ["gone", "second-factor"]);
}
