//! Handing over from one key to the next.

use crate::{fault_at, names};
use custody_log::Opened;
use seal::Settled;
use std::sync::atomic::Ordering;
use storage::{Fault, Storage};
use tests::log::{LogWorld, actor, at, signer, trust};

async fn opened(world: &LogWorld, storage: &Storage, key: u8) -> Option<Opened> {
    seal::open_checkpoint(storage, &world.tenant, &trust(&[signer(key)])).await.ok().flatten()
}

/// A log of three entries, signed by the first key.
async fn prepared() -> LogWorld {
    let world = LogWorld::new();
    let storage = world.open();
    world.record_many(&storage, "n", 0..3).await;
    world.seal(&storage, at(10)).await.unwrap();
    world
}

async fn rotate(world: &LogWorld, storage: &Storage) -> Result<Vec<u8>, seal::SealError> {
    seal::rotate(storage, &world.tenant, &actor(), (&signer(1), &signer(2)), at(20)).await
}

#[tokio::test]
async fn either_key_opens_the_checkpoint_of_the_handing_over_and_then_the_new_one_alone() {
    let world = prepared().await;
    let storage = world.open();
    let note = rotate(&world, &storage).await.unwrap();
    assert_eq!(rotate(&world, &storage).await.unwrap(), note, "again is no second handing over");
    for key in [1, 2] {
        let opened = opened(&world, &storage, key).await.unwrap();
        assert_eq!((opened.checkpoint.size, opened.unknown), (4, 1));
    }
    let kept = storage.locker.lock_of("acme/log/checkpoints/4").await.unwrap().unwrap();
    assert_eq!(storage.locker.fetch(&kept.artifact).await.unwrap(), note);
    world.record_many(&storage, "n", 30..32).await;
    seal::seal(&storage, &world.tenant, &actor(), &[signer(2)], Settled::HERE, at(40)).await.unwrap();
    assert!(opened(&world, &storage, 1).await.is_none());
    let events = world.audit(&storage, &[signer(2)]).await;
    let rotated = names(&events).iter().filter(|name| name.starts_with("key-rotated/")).count();
    assert_eq!((events.len(), rotated), (6, 1));
}

#[tokio::test]
async fn a_fault_at_any_call_of_a_handing_over_is_mended_by_doing_it_again() {
    let prepared = prepared().await;
    let (clean, (hook, calls)) = (prepared.copy(), fault_at(usize::MAX, Fault::Failed));
    let expected = rotate(&clean, &clean.open_with_faults(hook)).await.unwrap();
    for number in 0..calls.load(Ordering::SeqCst) {
        for fault in [Fault::Failed, Fault::AnswerLost] {
            let world = prepared.copy();
            drop(rotate(&world, &world.open_with_faults(fault_at(number, fault).0)).await);
            let storage = world.open();
            // Whoever knows one of the keys can read the log at every moment.
            let readable = opened(&world, &storage, 1).await.is_some();
            assert!(readable, "{fault:?} at call {number}");
            assert_eq!(rotate(&world, &storage).await.unwrap(), expected, "{fault:?} at call {number}");
            assert_eq!(world.audit(&storage, &[signer(1), signer(2)]).await.len(), 4, "{fault:?} at call {number}");
        }
    }
}

#[tokio::test]
async fn a_sealer_that_still_has_the_old_key_takes_no_signature_away() {
    let world = prepared().await;
    let storage = world.open();
    rotate(&world, &storage).await.unwrap();
    world.record_many(&storage, "n", 30..31).await;
    world.seal(&storage, at(40)).await.unwrap();
    assert!(opened(&world, &storage, 2).await.is_none(), "the old key alone has signed");
    // Nothing new to append: the new key signs the same root beside the old.
    seal::seal(&storage, &world.tenant, &actor(), &[signer(2)], Settled::HERE, at(41)).await.unwrap();
    for key in [1, 2] {
        assert_eq!(opened(&world, &storage, key).await.unwrap().checkpoint.size, 5);
    }
    rotate(&world, &storage).await.unwrap();
    world.audit(&storage, &[signer(1), signer(2)]).await;
}
