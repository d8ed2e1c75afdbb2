//! What there is to collect, and collecting it.

use crate::{Files, Invocation, Order, Outcome, budget::Budget, collect::collect_within};
use catalog::{Access, Catalog, Collection, Control};
use domain::{EvidenceId, Period, PeriodError, Slot, TenantId, Timestamp};
use std::{collections::BTreeMap, sync::Arc};
use storage::{Storage, StorageError};
use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinSet},
};

/// The orders that fill the slots of `control` in `window` whose period had ended at `now`, by evidence id.
pub fn orders(
    catalog: &Catalog,
    tenant: &TenantId,
    control: &Control,
    window: &Period,
    now: Timestamp,
) -> Result<Vec<Order>, PeriodError> {
    let slots = catalog.slots(tenant, control, window)?;
    let ended = slots.into_iter().filter(|slot| slot.period.end() <= now);
    Ok(ended.filter_map(|slot| order(catalog, control, slot)).collect())
}

// A catalog that was read has all that it names.
fn order(catalog: &Catalog, control: &Control, slot: Slot) -> Option<Order> {
    let asked = |collection: &&Collection| collection.source == slot.source;
    let query = catalog.source_query(&control.collect.iter().find(asked)?.query)?.clone();
    let Access::Files { files } = &catalog.source(&slot.source)?.access;
    Some(Order { slot, query, patterns: files.clone(), retention: control.retention })
}

/// An order, where its files are, and who fills it.
#[derive(Debug, Clone)]
pub struct Task {
    /// What to collect.
    pub order: Order,
    /// Where its files are.
    pub files: Files,
    /// Who collects, and when.
    pub invocation: Invocation,
}

/// How collecting a slot ended.
pub(crate) type Ended = Result<Outcome, StorageError>;

/// One slot of a tenant and how collecting it ended.
pub type Collected = (EvidenceId, Result<Outcome, StorageError>);

/// Collects every task, at most `at_once` at a time, and tells each as it ends. The answers are in the order of their ids.
pub async fn collect_all(
    storage: &Storage,
    tasks: Vec<Task>,
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
pub(crate) async fn collect_slots(
    storage: &Storage,
    tasks: Vec<Task>,
    at_once: usize,
    mut ended: impl FnMut(Slot, Ended),
) {
    let (permits, budget) = (Arc::new(Semaphore::new(at_once.max(1))), Arc::new(Budget::new()));
    let (mut running, mut slots) = (JoinSet::new(), BTreeMap::new());
    for Task { order, files, invocation } in tasks {
        let (storage, permits, budget) = (storage.clone(), Arc::clone(&permits), Arc::clone(&budget));
        let slot = order.slot.clone();
        let started = running.spawn(async move {
            let _permit = permits.acquire().await;
            collect_within(&budget, &storage, &files, &order, &invocation).await
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
