//! Whatever call of a store fails while the log is sealed, and in whichever form: the next seal ends where an undisturbed one does.

use crate::{fault_at, names};
use domain::{CustodyEvent, Digest, Granularity, SlotCommitment};
use std::sync::atomic::Ordering;
use storage::Fault;
use tests::log::{LogWorld, actor, at, signer};

const NOW: i64 = 4000;

/// A log of 250 entries, and as many waiting events and periods to close as lead over the end of a tile.
async fn prepared() -> LogWorld {
    let world = LogWorld::new();
    let storage = world.open();
    world.record_many(&storage, "first", 0..250).await;
    world.seal(&storage, at(300)).await.unwrap();
    let wanted = SlotCommitment {
        control: "access-mfa".parse().unwrap(),
        every: Granularity::Hour,
        sources: vec!["aws-iam".parse().unwrap()],
        frameworks: vec!["soc2".parse().unwrap()],
        from: at(0),
        grace_hours: 0,
        catalog: Digest::of(b"catalog"),
    };
    storage.custodian.commit_slots(&world.tenant, &actor(), wanted.catalog, &[wanted], at(310)).await.unwrap();
    world.record_many(&storage, "second", 320..326).await;
    world
}

async fn sealed(world: &LogWorld) -> Vec<CustodyEvent> {
    let storage = world.open();
    world.seal(&storage, at(NOW)).await.unwrap();
    world.audit(&storage, &[signer(1)]).await
}

#[tokio::test]
async fn a_fault_at_any_call_of_a_seal_in_either_form_leaves_each_event_once_and_in_order() {
    let prepared = prepared().await;
    let (clean, (hook, calls)) = (prepared.copy(), fault_at(usize::MAX, Fault::Failed));
    clean.seal(&clean.open_with_faults(hook), at(NOW)).await.unwrap();
    let count = calls.load(Ordering::SeqCst);
    let expected = sealed(&clean).await;
    assert_eq!(expected.len(), 250 + 2 + 6 + 1);
    assert!(count > 30, "only {count} calls were seen");
    for number in 0..count {
        for fault in [Fault::Failed, Fault::AnswerLost] {
            let world = prepared.copy();
            let broken_off = world.seal(&world.open_with_faults(fault_at(number, fault).0), at(NOW)).await;
            // A lost answer may be noticed as somebody else's work, and then there is nothing left to do again.
            assert!(broken_off.is_err() || fault == Fault::AnswerLost, "{fault:?} at call {number} of {count}");
            let published = world.published(&world.open(), &[signer(1)]).await;
            assert!(published.len() >= 250, "{fault:?} at call {number} of {count}");
            assert_eq!(sealed(&world).await, expected, "{fault:?} at call {number} of {count}");
        }
    }
    println!("{count} calls of the stores, each with both faults");
}

#[tokio::test]
async fn a_fault_at_any_call_of_the_first_seal_of_all_is_mended_by_the_next() {
    let prepared = LogWorld::new();
    prepared.record_many(&prepared.open(), "first", 0..3).await;
    let (clean, (hook, calls)) = (prepared.copy(), fault_at(usize::MAX, Fault::Failed));
    clean.seal(&clean.open_with_faults(hook), at(NOW)).await.unwrap();
    let expected = sealed(&clean).await;
    for number in 0..calls.load(Ordering::SeqCst) {
        for fault in [Fault::Failed, Fault::AnswerLost] {
            let world = prepared.copy();
            drop(world.seal(&world.open_with_faults(fault_at(number, fault).0), at(NOW)).await);
            assert_eq!(sealed(&world).await, expected, "{fault:?} at call {number}");
        }
    }
}

#[tokio::test]
async fn a_second_fault_while_the_first_is_mended_is_mended_too() {
    let prepared = prepared().await;
    let expected = sealed(&prepared.copy()).await;
    // Every call is one where a process ends: each seal comes one call further than the one before.
    let world = prepared.copy();
    let mut number = 0;
    while world.seal(&world.open_with_faults(fault_at(number, Fault::AnswerLost).0), at(NOW)).await.is_err() {
        number += 1;
    }
    assert!(number > 5, "{number}");
    assert_eq!(names(&sealed(&world).await), names(&expected));
}
