//! From a slot to its evidence: begin, fetch, deposit, commit.

use crate::{
    Asking, Budget, CollectError, Fetch, Fetched, Order, Secrets,
    redacting::{redacted, redaction},
};
use domain::{Actor, CollectedEvidence, EvidenceRecord, EvidenceState, Failure, Timestamp};
use jiff::SignedDuration;
use runtime::Clock;
use std::{fs, io};
use storage::{ArtifactKey, Begun, Content, Lease, Storage, StorageError};

// What is left of a lease when the source has answered, to keep what it said.
const TO_KEEP: SignedDuration = SignedDuration::from_mins(2);

/// Who collects, and when.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The name under which the lease is held; the same for a retry of the same invocation.
    pub owner: String,
    /// The identity that reads the source.
    pub actor: Actor,
    /// The time: when the source is asked, and when the evidence is recorded.
    pub clock: Clock,
    /// How long nobody else may begin.
    pub lease: SignedDuration,
    /// Where the key of redaction is.
    pub secrets: Secrets,
}

/// How a collection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The slot was filled, now or before: whoever was first, this is the record.
    Collected {
        /// The record.
        record: Box<EvidenceRecord>,
        /// Whether this invocation filled it.
        new: bool,
    },
    /// Somebody else is at it.
    UnderWay {
        /// Until when nobody else may begin.
        lease_until: Timestamp,
    },
    /// The source did not give it; that is recorded.
    Failed {
        /// The failure's name.
        failure: Failure,
        /// What was wrong, with which input.
        message: String,
    },
}

/// Fills a slot with what `fetch` gets. A slot that is filled already stays as it is and is the answer.
///
/// Fails only when the store fails: what is wrong with the source is recorded in the slot and is an [`Outcome`].
pub async fn collect<F: Fetch>(
    storage: &Storage,
    fetch: &F,
    order: &Order,
    invocation: &Invocation,
) -> Result<Outcome, StorageError> {
    collect_within(&Budget::new(), storage, fetch, order, invocation).await
}

/// As [`collect`], beside others that share the memory.
pub(crate) async fn collect_within<F: Fetch>(
    budget: &Budget,
    storage: &Storage,
    fetch: &F,
    order: &Order,
    invocation: &Invocation,
) -> Result<Outcome, StorageError> {
    let now = invocation.clock.now();
    let lease_until = now.checked_add(invocation.lease).unwrap_or(Timestamp::MAX);
    let lease = match storage.custodian.begin(&order.slot, &invocation.owner, now, lease_until).await? {
        Begun::Started(lease) => lease,
        Begun::AlreadyCollected(record) => return Ok(Outcome::Collected { record, new: false }),
        Begun::UnderWay { lease_until } => return Ok(Outcome::UnderWay { lease_until }),
        Begun::AlreadyFailed { failure, message } => return Ok(Outcome::Failed { failure, message }),
    };
    let deadline = lease_until.checked_sub(TO_KEEP).unwrap_or(lease_until).max(now);
    let (actor, clock) = (&invocation.actor, invocation.clock);
    let asking = Asking { actor, executed_at: now, clock, deadline, budget };
    match fetched(storage, fetch, order, &asking, &invocation.secrets).await? {
        Ok(fetched) => keep(storage, order, invocation, &lease, now, &fetched).await,
        Err(CollectError::Output(error)) => Err(unwritable(&error)),
        Err(error) => give_up(storage, invocation, &lease, (error.failure(), told(order, &error))).await,
    }
}

// What the record, the log and whoever reads them are told of an error: where values are redacted, nothing that may be one.
fn told(order: &Order, error: &CollectError) -> String {
    match order.query.columns.iter().any(|declared| declared.redact.is_some()) {
        true => format!("{}; more is not told, because the query {} redacts", error.without_values(), order.query.name),
        false => error.to_string(),
    }
}

fn unwritable(error: &io::Error) -> StorageError {
    StorageError::Unavailable { operation: "the spool".to_owned(), reason: error.to_string() }
}

// The document as it is kept. Without the key of redaction nothing is asked for that may not be kept in the clear.
async fn fetched<F: Fetch>(
    storage: &Storage,
    fetch: &F,
    order: &Order,
    asking: &Asking<'_>,
    secrets: &Secrets,
) -> Result<Result<Fetched, CollectError>, StorageError> {
    let redaction = match redaction(order, secrets).await {
        Ok(redaction) => redaction,
        Err(error) => return Ok(Err(error)),
    };
    let spool = storage.locker.spool()?;
    if !redaction.is_any() {
        return Ok(fetch.fetch(order, asking, spool).await);
    }
    // Its name goes at once: a crash leaves nothing that could be opened again.
    fs::remove_file(spool.path()).map_err(|error| unwritable(&error))?;
    match fetch.fetch(order, asking, spool).await {
        Err(error) => Ok(Err(error)),
        Ok(fetched) => {
            // A raw file as text and as bytes, whatever the collector gave back already.
            let _held = asking.budget.hold(fetched.written.length.saturating_mul(2)).await;
            Ok(redacted(fetched, storage.locker.spool()?, redaction).await)
        }
    }
}

async fn give_up(
    storage: &Storage,
    invocation: &Invocation,
    lease: &Lease,
    (failure, message): (Failure, String),
) -> Result<Outcome, StorageError> {
    let now = invocation.clock.now();
    let record = storage.custodian.fail(lease, failure, &message, &invocation.actor, now).await?;
    match record.state {
        EvidenceState::Collected(_) => Ok(Outcome::Collected { record: Box::new(record), new: false }),
        EvidenceState::Pending { .. } | EvidenceState::Failed { .. } | EvidenceState::Waived { .. } => {
            Ok(Outcome::Failed { failure, message })
        }
    }
}

async fn keep(
    storage: &Storage,
    order: &Order,
    invocation: &Invocation,
    lease: &Lease,
    executed_at: Timestamp,
    Fetched { spool, written }: &Fetched,
) -> Result<Outcome, StorageError> {
    let key = ArtifactKey::evidence(&order.slot, written.digest);
    let content = Content::Spooled { spool, digest: written.digest, length: written.length };
    let recorded_at = invocation.clock.now();
    let retain_until = order.retention.retain_until(recorded_at);
    let artifact = storage.locker.deposit(&key, content, retain_until).await?;
    let ours = artifact.clone();
    let collected = CollectedEvidence {
        artifact,
        executed_at,
        executed_by: invocation.actor.clone(),
        recorded_at,
        retain_until,
        query: order.query.name.clone(),
        query_version: order.query.version,
        row_count: written.row_count,
    };
    let record = storage.custodian.commit(lease, collected).await?;
    let new = matches!(&record.state, EvidenceState::Collected(kept) if kept.artifact == ours);
    Ok(Outcome::Collected { record: Box::new(record), new })
}
