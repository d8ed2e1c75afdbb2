//! Closing periods: each that was committed once, with what came of it.

use domain::{
    ArtifactReference, CollectedEvidence, CustodyEvent, Digest, EventKind, Granularity, Period, SealedPeriod, Slot,
    SlotCommitment, Timestamp,
};
use std::sync::Arc;
use storage::{Begun, Lease, Storage};
use tests::log::{LogWorld, actor, signer};

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn wanted(control: &str, every: Granularity, sources: &[&str], catalog: &str) -> SlotCommitment {
    SlotCommitment {
        control: control.parse().unwrap(),
        every,
        sources: sources.iter().map(|source| source.parse().unwrap()).collect(),
        frameworks: vec!["soc2".parse().unwrap()],
        from: Timestamp::MIN,
        grace_hours: 6,
        catalog: Digest::of(catalog.as_bytes()),
    }
}

async fn publish(world: &LogWorld, storage: &Storage, wanted: &[SlotCommitment], now: &str) -> u64 {
    let catalog = wanted.first().map_or_else(|| Digest::of(b""), |first| first.catalog);
    storage.custodian.commit_slots(&world.tenant, &actor(), catalog, wanted, instant(now)).await.unwrap()
}

fn slot(world: &LogWorld, control: &str, source: &str, period: &str) -> Slot {
    let (tenant, period) = (world.tenant.clone(), period.parse().unwrap());
    Slot { tenant, control: control.parse().unwrap(), source: source.parse().unwrap(), period }
}

async fn begun(storage: &Storage, slot: &Slot) -> Lease {
    let at = slot.period.end();
    match storage.custodian.begin(slot, "owner", at, at + jiff::SignedDuration::from_mins(5)).await.unwrap() {
        Begun::Started(lease) => lease,
        other => panic!("{other:?}"),
    }
}

async fn collect(storage: &Storage, slot: &Slot) {
    let lease = begun(storage, slot).await;
    let (at, bytes) = (slot.period.end(), b"evidence");
    let collected = CollectedEvidence {
        artifact: ArtifactReference {
            key: format!("acme/evidence/{}", slot.evidence_id()),
            version: "1".to_owned(),
            digest: Digest::of(bytes),
            length: bytes.len() as u64,
        },
        executed_at: at,
        executed_by: actor(),
        recorded_at: at,
        retain_until: at,
        query: "q".parse().unwrap(),
        query_version: 1,
        row_count: 1,
    };
    storage.custodian.commit(&lease, collected).await.unwrap();
}

fn sealed(events: &[CustodyEvent]) -> Vec<SealedPeriod> {
    let of = |event: &CustodyEvent| match &event.kind {
        EventKind::PeriodSealed(sealed) => Some(sealed.clone()),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

/// What was told of a control's periods, each as `<period> <collected>/<expected> <who is missing>`, in their order.
fn told(events: &[CustodyEvent], control: &str) -> Vec<String> {
    let mut of: Vec<SealedPeriod> =
        sealed(events).into_iter().filter(|sealed| sealed.control.as_str() == control).collect();
    of.sort_by_key(|sealed| sealed.period);
    let line = |sealed: SealedPeriod| {
        let missing: Vec<&str> = sealed.missing.iter().map(|source| source.as_str()).collect();
        format!("{} {}/{} {}", sealed.period, sealed.collected, sealed.expected, missing.join(","))
    };
    of.into_iter().map(|sealed| line(sealed).trim_end().to_owned()).collect()
}

#[tokio::test]
async fn every_period_is_told_of_once_its_grace_is_over_with_what_came_of_each_slot() {
    let world = LogWorld::new();
    let storage = world.open();
    let sources = ["collects", "fails", "silent", "waived", "begins"];
    publish(&world, &storage, &[wanted("c", Granularity::Day, &sources, "1")], "2026-07-01T09:00:00Z").await;
    let of = |source: &str| slot(&world, "c", source, "2026-07-02");
    collect(&storage, &of("collects")).await;
    let lease = begun(&storage, &of("fails")).await;
    let (failure, at) = (domain::Failure::SourceUnavailable, of("fails").period.end());
    storage.custodian.fail(&lease, failure, "no answer", &actor(), at).await.unwrap();
    storage.custodian.waive(&of("waived"), &actor(), "the system was switched off", at).await.unwrap();
    begun(&storage, &of("begins")).await;
    world.seal(&storage, instant("2026-07-03T05:59:59Z")).await.unwrap();
    assert_eq!(
        told(&world.audit(&storage, &[signer(1)]).await, "c"),
        ["2026-07-01 0/5 collects,fails,silent,waived,begins"]
    );
    world.seal(&storage, instant("2026-07-03T06:00:00Z")).await.unwrap();
    world.seal(&storage, instant("2026-07-03T06:00:00Z")).await.unwrap();
    let events = world.audit(&storage, &[signer(1)]).await;
    let second = sealed(&events).pop().unwrap();
    let names = |sources: &[domain::SourceId]| sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    assert_eq!((second.period.to_string().as_str(), second.expected, second.collected), ("2026-07-02", 5, 1));
    assert_eq!((names(&second.failed), names(&second.waived)), ("fails".to_owned(), "waived".to_owned()));
    assert_eq!(names(&second.missing), "silent,begins");
    assert_eq!(sealed(&events).len(), 2);
}

#[tokio::test]
async fn a_machine_that_slept_for_months_tells_of_every_period() {
    let world = LogWorld::new();
    let storage = world.open();
    let hourly = wanted("hourly", Granularity::Hour, &["a"], "1");
    let monthly = wanted("monthly", Granularity::Month, &["a", "b"], "1");
    publish(&world, &storage, &[hourly, monthly], "2026-01-01T00:30:00Z").await;
    world.seal(&storage, instant("2026-04-01T06:00:00Z")).await.unwrap();
    let events = world.audit(&storage, &[signer(1)]).await;
    let hours = told(&events, "hourly");
    assert_eq!(hours.len(), 24 * (31 + 28 + 31));
    assert_eq!(hours.first().unwrap(), "2026-01-01T00 0/1 a");
    assert_eq!(hours.last().unwrap(), "2026-03-31T23 0/1 a");
    assert_eq!(told(&events, "monthly"), ["2026-01 0/2 a,b", "2026-02 0/2 a,b", "2026-03 0/2 a,b"]);
}

#[tokio::test]
async fn a_catalog_that_changes_takes_back_nothing_that_was_due() {
    let world = LogWorld::new();
    let storage = world.open();
    let day = |control: &str, sources: &[&str], catalog: &str| wanted(control, Granularity::Day, sources, catalog);
    publish(&world, &storage, &[day("stays", &["a", "b"], "1"), day("goes", &["a"], "1")], "2026-07-01T09:00:00Z")
        .await;
    // The same catalog again says nothing.
    let again = [day("stays", &["a", "b"], "1"), day("goes", &["a"], "1")];
    assert_eq!(publish(&world, &storage, &again, "2026-07-01T10:00:00Z").await, 0);
    // A source less, a control less, a control more.
    let second = [day("stays", &["a"], "2"), day("comes", &["c"], "2")];
    assert_eq!(publish(&world, &storage, &second, "2026-07-03T12:00:00Z").await, 3);
    collect(&storage, &slot(&world, "stays", "a", "2026-07-03")).await;
    // Periods of another length: days until the first whole week begins.
    let third = [wanted("stays", Granularity::Week, &["a"], "3"), day("comes", &["c"], "3")];
    assert_eq!(publish(&world, &storage, &third, "2026-07-04T01:00:00Z").await, 1);
    world.seal(&storage, instant("2026-07-14T00:00:00Z")).await.unwrap();
    let events = world.audit(&storage, &[signer(1)]).await;
    assert_eq!(
        told(&events, "stays"),
        [
            "2026-07-01 0/2 a,b",
            "2026-07-02 0/2 a,b",
            "2026-07-03 1/2 b",
            "2026-07-04 0/1 a",
            "2026-07-05 0/1 a",
            "2026-W28 0/1 a",
        ]
    );
    let goes = told(&events, "goes");
    assert_eq!(goes[..4], ["2026-07-01 0/1 a", "2026-07-02 0/1 a", "2026-07-03 0/1 a", "2026-07-04 0/0"]);
    assert_eq!(told(&events, "comes").first().unwrap(), "2026-07-03 0/1 c");
    let catalogs = events.iter().filter(|event| matches!(event.kind, EventKind::CatalogPublished { .. })).count();
    assert_eq!(catalogs, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_who_close_periods_at_once_tell_of_each_once() {
    let world = Arc::new(LogWorld::new());
    let storage = world.open();
    let all = ["a", "b", "c"].map(|control| wanted(control, Granularity::Day, &["s"], "1"));
    publish(&world, &storage, &all, "2026-01-01T00:00:00Z").await;
    let mut sealing = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let world = Arc::clone(&world);
        sealing.spawn(async move {
            let storage = world.open();
            world.seal(&storage, instant("2026-12-01T06:00:00Z")).await.unwrap().periods
        });
    }
    let told: u64 = sealing.join_all().await.into_iter().sum();
    world.seal(&storage, instant("2026-12-01T06:00:00Z")).await.unwrap();
    let events = world.audit(&storage, &[signer(1)]).await;
    let days = "2026".parse::<Period>().unwrap().divide(Granularity::Day).unwrap();
    let until = days.iter().filter(|day| day.end() <= instant("2026-12-01T00:00:00Z")).count();
    assert_eq!((sealed(&events).len(), told as usize), (3 * until, 3 * until));
}
