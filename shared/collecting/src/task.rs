//! Collecting many slots at once.

use crate::{Budget, Fetch, Invocation, Order, Outcome, collect::collect_within};
use domain::{EvidenceId, Slot};
use std::{collections::BTreeMap, sync::Arc};
use storage::{Storage, StorageError};
use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinSet},
};

/// An order, what fetches it, and who fills it.
#[derive(Debug, Clone)]
pub struct Task<F> {
    /// What to collect.
    pub order: Order,
    /// What asks its source.
    pub fetch: F,
    /// Who collects, and when.
    pub invocation: Invocation,
}

/// How collecting a slot ended.
pub(crate) type Ended = Result<Outcome, StorageError>;

/// One slot of a tenant and how collecting it ended.
pub type Collected = (EvidenceId, Result<Outcome, StorageError>);

/// Collects every task, at most `at_once` at a time, and tells each as it ends. The answers are in the order of their ids.
pub async fn collect_all<F: Fetch>(
    storage: &Storage,
    tasks: Vec<Task<F>>,
    at_once: usize,
    mut ended: impl FnMut(&Collected),
) -> Vec<Collected> {
    let mut all = Vec::new();
    let one_ended = |slot: Slot, outcome| {
        let collected = (slot.evidence_id(), outcome);
        ended(&collected);
        all.push(collected);
    };
    collect_slots(storage, tasks, at_once, one_ended).await;
    all.sort_by(|left, right| left.0.cmp(&right.0));
    all
}

/// Collects every task, at most `at_once` at a time and as many as fit into memory, and hands each over as it ends.
pub(crate) async fn collect_slots<F: Fetch>(
    storage: &Storage,
    tasks: Vec<Task<F>>,
    at_once: usize,
    mut ended: impl FnMut(Slot, Ended),
) {
    let (permits, budget) = (Arc::new(Semaphore::new(at_once.max(1))), Arc::new(Budget::new()));
    let (mut running, mut slots) = (JoinSet::new(), BTreeMap::new());
    for Task { order, fetch, invocation } in tasks {
        let (storage, permits, budget) = (storage.clone(), Arc::clone(&permits), Arc::clone(&budget));
        let slot = order.slot.clone();
        let started = running.spawn(async move {
            let _permit = permits.acquire().await;
            collect_within(&budget, &storage, &fetch, &order, &invocation).await
        });
        slots.insert(started.id().to_string(), slot);
    }
    while let Some(joined) = running.join_next_with_id().await {
        let (task, outcome) = match joined {
            Ok((task, outcome)) => (task, outcome),
            Err(error) => (error.id(), Err(lost(&error))),
        };
        if let Some(slot) = slots.remove(&task.to_string()) {
            ended(slot, outcome);
        }
    }
}

// A task that did not end tells nothing; asking again finds out what it did.
fn lost(error: &JoinError) -> StorageError {
    StorageError::Unavailable { operation: "collect".to_owned(), reason: error.to_string() }
}
