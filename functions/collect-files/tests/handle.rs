//! The collector as a function: every slot of a control, whatever happens to one of them.

#![cfg(test)]

use catalog::Catalog;
use collect_files::{FileCollector, Files, NAME};
use collecting::{Collection, CollectionError, Collector, Secrets, handle};
use domain::{CollectionRequest, EvidenceRecord, EvidenceState, Failure, Slot, Timestamp};
use runtime::{Clock, Metrics, catalog_files};
use std::{fs, path::Path};
use storage::Storage;

struct Place {
    folder: tempfile::TempDir,
    collector: Collector<FileCollector>,
}

fn catalog() -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = catalog_files(&root.join("tests/fixture/catalog")).unwrap();
    let shipped = catalog_files(&root.join("catalog")).unwrap();
    files.extend(shipped.into_iter().filter(|(path, _)| path.starts_with("templates/")));
    Catalog::read(files).unwrap()
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::embedded(&folder.path().join("custody")).unwrap();
        let tenants = ["acme", "globex"].map(|tenant| tenant.parse().unwrap()).to_vec();
        let files = Files::directory(folder.path().join("sources"));
        let fetch = FileCollector { files, folder_for_each_tenant: true };
        let secrets = Secrets::Local { folder: folder.path().join("secrets") };
        let collector = Collector { storage, catalog: catalog(), tenants, fetch, asks: NAME, secrets };
        let place = Self { collector, folder };
        for tenant in ["acme", "globex"] {
            place.deliver(tenant, "accounts-2026-07-01.csv", "user,second_factor\nana,true\n");
            place.deliver(tenant, "people-2026-07-01.json", r#"{"people":[{"user":"ana"}]}"#);
        }
        place
    }

    fn deliver(&self, tenant: &str, name: &str, text: &str) {
        let folder = self.folder.path().join("sources").join(tenant);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), text).unwrap();
    }

    async fn collect(&self, request: &CollectionRequest, owner: &str) -> Result<Collection, CollectionError> {
        handle(&self.collector, request, owner, Clock::Fixed(NOW.parse().unwrap()), &Metrics::new("test")).await
    }

    async fn record(&self, tenant: &str, evidence: &str) -> EvidenceRecord {
        let id: domain::EvidenceId = evidence.parse().unwrap();
        let slot: Slot = id.slot(tenant.parse().unwrap()).unwrap();
        self.collector.storage.custodian.evidence(&slot).await.unwrap().unwrap()
    }
}

const NOW: &str = "2026-07-02T03:00:05Z";

// As the rule of the control sends it.
fn fired(control: &str) -> CollectionRequest {
    let at: Timestamp = "2026-07-02T03:00:00Z".parse().unwrap();
    let event =
        serde_json::json!({"control": control, "tenants": [], "scheduled_at": at, "requested_by": "schedule:x"});
    serde_json::from_value(event).unwrap()
}

#[tokio::test]
async fn a_firing_fills_every_slot_of_every_tenant_and_again_is_the_same() {
    let place = Place::new();
    let first = place.collect(&fired("gone"), "r-1").await.unwrap();
    assert_eq!(first, Collection { collected: 4, already_collected: 0, under_way: 0 });
    let record = place.record("globex", "gone.hr-system.2026-07-01").await;
    let EvidenceState::Collected(kept) = &record.state else { panic!("{record:?}") };
    assert_eq!(kept.executed_by.as_str(), "schedule:x");
    for owner in ["r-1", "r-2"] {
        let again = place.collect(&fired("gone"), owner).await.unwrap();
        assert_eq!(again, Collection { collected: 0, already_collected: 4, under_way: 0 });
    }
    assert_eq!(place.record("globex", "gone.hr-system.2026-07-01").await, record);
}

#[tokio::test]
async fn a_window_collects_what_has_ended_of_it_for_one_tenant() {
    let place = Place::new();
    let asked = CollectionRequest {
        tenants: vec!["acme".parse().unwrap()],
        scheduled_at: None,
        period: Some("2026-07-01T00:00:00Z--2026-07-04T00:00:00Z".parse().unwrap()),
        ..fired("gone")
    };
    let collected = place.collect(&asked, "r-1").await.unwrap();
    assert_eq!(collected, Collection { collected: 2, already_collected: 0, under_way: 0 });
}

#[tokio::test]
async fn one_slot_without_its_file_fails_the_invocation_and_leaves_the_others_alone() {
    let place = Place::new();
    fs::remove_file(place.folder.path().join("sources/acme/people-2026-07-01.json")).unwrap();
    let failed = place.collect(&fired("gone"), "r-1").await.unwrap_err();
    assert_eq!(failed.failure(), Failure::SourceUnavailable);
    let told = failed.to_string();
    assert!(told.starts_with("1 of 4 slots of gone were not filled: gone.hr-system.2026-07-01 of acme: "), "{told}");
    place.deliver("acme", "people-2026-07-01.json", r#"{"people":[{"user":"ana"}]}"#);
    let retried = place.collect(&fired("gone"), "r-1").await.unwrap();
    assert_eq!(retried, Collection { collected: 1, already_collected: 3, under_way: 0 });
}

#[tokio::test]
async fn a_retry_of_the_same_invocation_does_not_ask_again_what_cannot_be_mended_and_fails_as_before() {
    let place = Place::new();
    place.deliver("acme", "accounts-2026-07-01.csv", "user,second_factor\nana,perhaps\n");
    fs::remove_file(place.folder.path().join("sources/acme/people-2026-07-01.json")).unwrap();
    let first = place.collect(&fired("gone"), "r-1").await.unwrap_err();
    // The gravest names the invocation: what cannot be mended is graver than what may come.
    assert_eq!(first.failure(), Failure::InvalidInput);
    place.deliver("acme", "accounts-2026-07-01.csv", "user,second_factor\nana,true\n");
    place.deliver("acme", "people-2026-07-01.json", r#"{"people":[{"user":"ana"}]}"#);
    let retried = place.collect(&fired("gone"), "r-1").await.unwrap_err();
    assert_eq!(retried.failure(), Failure::InvalidInput);
    assert!(retried.to_string().starts_with("1 of 4 "), "{retried}");
    assert_eq!(place.record("acme", "gone.aws-iam.2026-07-01").await.attempt, 1);
    let asked_anew = place.collect(&fired("gone"), "r-2").await.unwrap();
    assert_eq!(asked_anew, Collection { collected: 1, already_collected: 3, under_way: 0 });
    assert_eq!(place.record("acme", "gone.aws-iam.2026-07-01").await.attempt, 2);
}

#[tokio::test]
async fn what_is_not_here_is_refused_by_name() {
    let place = Place::new();
    let stranger = CollectionRequest { tenants: vec!["initech".parse().unwrap()], ..fired("gone") };
    let timeless = CollectionRequest { scheduled_at: None, ..fired("gone") };
    for (request, named) in [(fired("other"), "other"), (stranger, "initech"), (timeless, "scheduled_at")] {
        let refused = place.collect(&request, "r-1").await.unwrap_err();
        assert_eq!(refused.failure(), Failure::InvalidInput);
        assert!(refused.to_string().contains(named), "{refused}");
    }
}

#[tokio::test]
async fn every_slot_is_counted_by_how_it_ended() {
    let place = Place::new();
    fs::remove_file(place.folder.path().join("sources/acme/people-2026-07-01.json")).unwrap();
    let metrics = Metrics::new("test");
    let clock = Clock::Fixed(NOW.parse().unwrap());
    handle(&place.collector, &fired("gone"), "r-1", clock, &metrics).await.unwrap_err();
    let mut out = Vec::new();
    metrics.write(clock.now(), &mut out).unwrap();
    let lines: Vec<serde_json::Value> =
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |outcome: &str| lines.iter().find(|line| line["Outcome"] == outcome).unwrap()["Collections"].clone();
    assert_eq!(of("Collected"), serde_json::json!([1.0, 1.0, 1.0]));
    assert_eq!(of("SourceUnavailable"), serde_json::json!([1.0]));
    let missing: Vec<_> = lines.iter().filter(|line| line.get("SlotsMissing").is_some()).collect();
    let told: Vec<_> = missing.iter().map(|line| (line.get("Control"), line["SlotsMissing"].clone())).collect();
    assert_eq!(told, [(None, serde_json::json!([1.0])), (Some(&"gone".into()), serde_json::json!([1.0]))]);
}

#[tokio::test]
async fn a_control_without_missing_slots_tells_none_of_its_own() {
    let (place, metrics, clock) = (Place::new(), Metrics::new("test"), Clock::Fixed(NOW.parse().unwrap()));
    handle(&place.collector, &fired("second-factor"), "r-1", clock, &metrics).await.unwrap();
    let mut out = Vec::new();
    metrics.write(clock.now(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let missing: Vec<serde_json::Value> = text
        .lines()
        .filter(|line| line.contains("SlotsMissing"))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(missing.len(), 1, "{text}");
    assert_eq!((missing[0].get("Control"), &missing[0]["SlotsMissing"]), (None, &serde_json::json!([0.0])));
}
