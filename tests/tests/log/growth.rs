//! Long logs, and clocks that are wrong.

use crate::names;
use std::collections::BTreeSet;
use tests::log::{LogWorld, actor, at, signer};

#[tokio::test]
async fn three_thousand_events_fill_several_tiles_however_they_come() {
    let (world, other) = (LogWorld::new(), LogWorld::new());
    let storage = world.open();
    // Batches of every length around those that fill a tile, and one that is longer than a batch may be.
    let ends = [1, 255, 256, 257, 511, 513, 1024, 3000];
    let mut from = 0;
    for end in ends {
        world.record_many(&storage, "n", from..end).await;
        let sealed = world.seal(&storage, at(10_000)).await.unwrap();
        assert_eq!((sealed.appended, sealed.size), ((end - from) as u64, end as u64));
        from = end;
    }
    let events = world.audit(&storage, &[signer(1)]).await;
    let expected: Vec<String> = (0..3000).map(|number| format!("role-changed/n-{number:05}")).collect();
    assert_eq!(names(&events), expected);
    let at_once = other.open();
    other.record_many(&at_once, "n", 0..3000).await;
    other.seal(&at_once, at(10_000)).await.unwrap();
    assert_eq!(other.audit(&at_once, &[signer(1)]).await, events);
    let one_by_one = world.published(&storage, &[signer(1)]).await;
    assert!(one_by_one == other.published(&at_once, &[signer(1)]).await);
}

#[tokio::test]
async fn an_event_that_comes_late_is_appended_with_the_time_that_it_has() {
    let world = LogWorld::new();
    let storage = world.open();
    world.record(&storage, "first", at(10)).await;
    world.record(&storage, "third", at(30)).await;
    world.seal(&storage, at(40)).await.unwrap();
    world.record(&storage, "second", at(20)).await;
    world.seal(&storage, at(50)).await.unwrap();
    let events = world.audit(&storage, &[signer(1)]).await;
    assert_eq!(names(&events), ["role-changed/first", "role-changed/third", "role-changed/second"]);
    assert_eq!(events[2].recorded_at, at(20));
}

#[tokio::test]
async fn a_clock_that_goes_back_delays_and_loses_nothing() {
    let world = LogWorld::new();
    let storage = world.open();
    world.record(&storage, "before", at(1000)).await;
    world.seal(&storage, at(1000)).await.unwrap();
    world.record(&storage, "ahead", at(1001)).await;
    // An hour back: what is ahead of the clock waits until it is no longer.
    world.record(&storage, "back", at(-2600)).await;
    assert_eq!(world.seal(&storage, at(-2600)).await.unwrap().size, 2);
    assert_eq!(world.published(&storage, &[signer(1)]).await.len(), 2);
    world.seal(&storage, at(1001)).await.unwrap();
    let events = world.audit(&storage, &[signer(1)]).await;
    assert_eq!(names(&events), ["role-changed/before", "role-changed/back", "role-changed/ahead"]);
}

#[tokio::test]
async fn links_enter_the_log_in_the_order_of_their_time() {
    let world = LogWorld::new();
    let storage = world.open();
    let artifact = domain::ArtifactReference {
        key: "acme/reports/x".to_owned(),
        version: "1".to_owned(),
        digest: domain::Digest::of(b"x"),
        length: 1,
    };
    world.record(&storage, "first", at(1)).await;
    storage.custodian.hand_out(&world.tenant, &actor(), &artifact, "t", at(2)).await.unwrap();
    world.record(&storage, "last", at(3)).await;
    world.seal(&storage, at(4)).await.unwrap();
    let events = world.audit(&storage, &[signer(1)]).await;
    assert_eq!(names(&events), ["role-changed/first", "link-handed-out/t", "role-changed/last"]);
}

#[tokio::test]
async fn every_entry_and_every_earlier_size_can_be_proven() {
    let world = LogWorld::new();
    let storage = world.open();
    world.record_many(&storage, "n", 0..700).await;
    let mut roots = Vec::new();
    for size in [1, 200, 256, 600, 700] {
        world.seal(&storage, at(size - 1)).await.unwrap();
        let trust = tests::log::trust(&[signer(1)]);
        roots.push(seal::open_checkpoint(&storage, &world.tenant, &trust).await.unwrap().unwrap().checkpoint);
    }
    let newest = roots.last().unwrap().clone();
    assert_eq!(roots.iter().map(|of| of.size).collect::<BTreeSet<_>>(), BTreeSet::from([1, 200, 256, 600, 700]));
    for (index, entry) in world.published(&storage, &[signer(1)]).await.iter().enumerate().step_by(13) {
        let index = index as u64;
        let proof = seal::prove_inclusion(&storage, &world.tenant, &newest, index).await.unwrap();
        let leaf = custody_log::leaf_hash(entry);
        custody_log::check_inclusion(&proof, newest.size, newest.root, index, leaf).unwrap();
    }
    for old in &roots {
        let proof = seal::prove_consistency(&storage, &world.tenant, &newest, old.size).await.unwrap();
        custody_log::check_consistency(&proof, newest.size, newest.root, old.size, old.root).unwrap();
    }
    assert!(seal::prove_inclusion(&storage, &world.tenant, &newest, 700).await.is_err());
}
