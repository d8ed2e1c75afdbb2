//! The log: each event once and in order, whatever breaks off and whoever is at it; periods; keys.

#![cfg(test)]

mod contention;
mod faults;
mod growth;
mod keys;
mod periods;
mod withdrawn;

use domain::CustodyEvent;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use storage::{Fault, FaultHook};

/// Plugs a fault into the call with this number, counted from 0, and counts all.
fn fault_at(number: usize, fault: Fault) -> (FaultHook, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let hook = FaultHook::new(move |_| (counted.fetch_add(1, Ordering::SeqCst) == number).then_some(fault));
    (hook, calls)
}

fn names(events: &[CustodyEvent]) -> Vec<String> {
    events.iter().map(CustodyEvent::name).collect()
}
