//! From a slot to its evidence: begin, fetch, deposit, commit.

use crate::{CollectError, Files, Limits, RAW_LIMIT, Request, budget::Budget, write_evidence};
use catalog::SourceQuery;
use domain::{
    Actor, CollectedEvidence, EvidenceRecord, EvidenceState, Failure, RetentionClass, Slot, Timestamp,
    evidence::Written,
};
use jiff::SignedDuration;
use runtime::Clock;
use std::io::BufWriter;
use storage::{ArtifactKey, Begun, Content, Lease, Spool, Storage, StorageError};

// What is written to the spool at once.
const PIECE: usize = 256 << 10;

/// What to collect.
#[derive(Debug, Clone)]
pub struct Order {
    /// The slot to fill.
    pub slot: Slot,
    /// The question.
    pub query: SourceQuery,
    /// The source's file patterns.
    pub patterns: Vec<String>,
    /// How long the evidence is locked.
    pub retention: RetentionClass,
}

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

/// Fills a slot from files. A slot that is filled already stays as it is and is the answer.
///
/// Fails only when the store fails: what is wrong with the source is recorded in the slot and is an [`Outcome`].
pub async fn collect(
    storage: &Storage,
    files: &Files,
    order: &Order,
    invocation: &Invocation,
) -> Result<Outcome, StorageError> {
    collect_within(&Budget::new(), storage, files, order, invocation).await
}

/// As [`collect`], beside others that share the memory.
pub(crate) async fn collect_within(
    budget: &Budget,
    storage: &Storage,
    files: &Files,
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
    match fetch(budget, storage, files, order, invocation, now).await? {
        Ok((spool, written)) => keep(storage, order, invocation, &lease, now, (&spool, &written)).await,
        Err(CollectError::Output(error)) => {
            Err(StorageError::Unavailable { operation: "the spool".to_owned(), reason: error.to_string() })
        }
        Err(error) => give_up(storage, invocation, &lease, &error).await,
    }
}

async fn give_up(
    storage: &Storage,
    invocation: &Invocation,
    lease: &Lease,
    error: &CollectError,
) -> Result<Outcome, StorageError> {
    let (failure, message) = (error.failure(), error.to_string());
    let now = invocation.clock.now();
    let record = storage.custodian.fail(lease, failure, &message, &invocation.actor, now).await?;
    match record.state {
        EvidenceState::Collected(_) => Ok(Outcome::Collected { record: Box::new(record), new: false }),
        EvidenceState::Pending { .. } | EvidenceState::Failed { .. } | EvidenceState::Waived { .. } => {
            Ok(Outcome::Failed { failure, message })
        }
    }
}

type Fetched = Result<(Spool, Written<()>), CollectError>;

async fn fetch(
    budget: &Budget,
    storage: &Storage,
    files: &Files,
    order: &Order,
    invocation: &Invocation,
    executed_at: Timestamp,
) -> Result<Fetched, StorageError> {
    let spool = storage.locker.spool()?;
    let (place, asked) = (files.clone(), order.clone());
    let found = match on_a_thread(move || place.look(&asked.patterns, &asked.slot.period)).await? {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    let _held = budget.hold(&found).await;
    let names: Vec<String> = found.into_iter().map(|file| file.name).collect();
    let (files, order, actor) = (files.clone(), order.clone(), invocation.actor.clone());
    on_a_thread(move || write_to_spool(spool, &files, &names, &order, &actor, executed_at)).await
}

// Reading and parsing is work for a thread of its own: it blocks.
async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StorageError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StorageError::Unavailable { operation: "collect".to_owned(), reason: error.to_string() })
}

fn write_to_spool(
    spool: Spool,
    files: &Files,
    names: &[String],
    order: &Order,
    actor: &Actor,
    executed_at: Timestamp,
) -> Fetched {
    let raw = files.read_all(names, RAW_LIMIT)?;
    let endpoint = endpoint(names);
    let request = Request {
        slot: &order.slot,
        query: &order.query,
        endpoint: &endpoint,
        patterns: &order.patterns,
        executed_at,
        executed_by: actor,
        limits: Limits::default(),
    };
    let Written { out, digest, length, row_count } =
        write_evidence(BufWriter::with_capacity(PIECE, spool.as_file()), &request, &raw)?;
    drop(out);
    Ok((spool, Written { out: (), digest, length, row_count }))
}

// What was asked, for a person: the file, or the first of several. All of them stand in the pages.
fn endpoint(names: &[String]) -> String {
    match names {
        [] => "files:".to_owned(),
        [one] => format!("files:{one}"),
        [first, rest @ ..] => format!("files:{first} and {} more", rest.len()),
    }
}

async fn keep(
    storage: &Storage,
    order: &Order,
    invocation: &Invocation,
    lease: &Lease,
    executed_at: Timestamp,
    (spool, written): (&Spool, &Written<()>),
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
