//! One append after the other: commit, store, publish, clear.
//!
//! Whatever a crash left undone is what the next call finds first: it looks at the head and does the next thing, and so does the call that
//! came first. There is no other recovery.
//!
//! | the head says | what is done | a crash before it is answered |
//! |---|---|---|
//! | all is stored, published and cleared | a batch is read from the outbox and **committed**: the head is swapped | nothing happened, or the batch is in the log |
//! | entries without tiles | tiles are made from the edge before and the batch, which is still in the outbox; they follow from these alone, so whoever makes them makes the same; the head says that they are stored | tiles that are there already, equal |
//! | a checkpoint of a smaller log is published | the root is signed, and the checkpoint swapped | the same signature again (RFC 8032) |
//! | a batch that tells of a report | the statement over it is signed and deposited | the same statement again |
//! | a batch that is not cleared | its events leave the outbox, and the head says so | fewer events to clear |

use crate::{SealError, Signer, attestation::attest, reading::of};
use custody_log::{Appended, Checkpoint, Edge, LogError, SignedCheckpoint, TileName, Trust};
use domain::{Actor, ArtifactReference, RetentionClass, TenantId, Timestamp};
use jiff::SignedDuration;
use std::{cmp::Ordering, collections::BTreeMap};
use storage::{ArtifactKey, Content, LogHead, Storage, StorageError, StoredEdge, Waiting};

/// How long an event waits before it may enter the log, so that one with an earlier time that is still being written comes before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Changes: as much as clocks of machines differ.
    pub changes: SignedDuration,
    /// Links: as long as a request may be tried again under the same token.
    pub links: SignedDuration,
}

impl Settled {
    /// On one machine: one clock, and nobody tries again.
    pub const HERE: Settled = Settled { changes: SignedDuration::ZERO, links: SignedDuration::ZERO };
    /// Between machines.
    pub const BETWEEN_MACHINES: Settled =
        Settled { changes: SignedDuration::from_secs(5), links: SignedDuration::from_secs(60) };
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Periods that were closed.
    pub periods: u64,
    /// Entries that were appended by this call or that it finished.
    pub appended: u64,
    /// The size of the log after it.
    pub size: u64,
}

// As many events as their places leave room for in one record (DynamoDB: 400 KB).
const BATCH: usize = 1024;

// How often others may be first before that is said. Each time they were, the log went on.
const LOOKS: usize = 64;

/// Closes the periods that are over, appends every event that has settled, and publishes the checkpoint, signed by each of `signers`: one,
/// or two while a key is handed over.
///
/// May be called by anybody at any time, and by many at once.
pub async fn seal(
    storage: &Storage,
    tenant: &TenantId,
    actor: &Actor,
    signers: &[Signer],
    settled: Settled,
    now: Timestamp,
) -> Result<Sealed, SealError> {
    let mut sealed = Sealed { periods: storage.custodian.seal_periods(tenant, actor, now).await?, ..Sealed::default() };
    let log = Log { storage, tenant, signers, now };
    let mut contended = 0;
    loop {
        match log.go_on(settled).await {
            Ok(Step::Appended(count)) => sealed.appended += count,
            Ok(Step::Went) => {}
            Ok(Step::Rests(size)) => return Ok(Sealed { size, ..sealed }),
            // Somebody else went on with the log: look again.
            Err(SealError::Storage(StorageError::Changed { .. })) if contended < LOOKS => contended += 1,
            Err(error) => return Err(error),
        }
    }
}

enum Step {
    /// So many entries are in the log now.
    Appended(u64),
    /// Something else was done.
    Went,
    /// There is nothing to do; the log has so many entries.
    Rests(u64),
}

struct Log<'a> {
    storage: &'a Storage,
    tenant: &'a TenantId,
    signers: &'a [Signer],
    now: Timestamp,
}

impl Log<'_> {
    async fn go_on(&self, settled: Settled) -> Result<Step, SealError> {
        let found = self.storage.custodian.log_head(self.tenant).await?;
        let version = found.as_ref().map(|(_, version)| *version);
        let head = found.map_or_else(|| LogHead::empty(Edge::default().root()), |(head, _)| head);
        match version {
            Some(version) if head.stored.size < head.size => self.store(&head, version).await,
            Some(version) if !head.pending.is_empty() => {
                self.publish(&head).await?;
                self.attest(&head).await?;
                self.storage.custodian.clear(self.tenant, &head, version).await?;
                Ok(Step::Went)
            }
            _ => self.commit(&head, version, settled).await,
        }
    }

    async fn commit(&self, head: &LogHead, version: Option<u64>, settled: Settled) -> Result<Step, SealError> {
        let batch = self.batch(settled).await?;
        if batch.is_empty() {
            // A key that was handed over signs the newest root, though no entry came since.
            if version.is_some() {
                self.publish(head).await?;
            }
            return Ok(Step::Rests(head.size));
        }
        let appended = self.append(&head.stored, &batch).await?;
        let pending = batch.into_iter().map(|waiting| waiting.place).collect::<Vec<_>>();
        let count = pending.len() as u64;
        let next = LogHead { size: appended.edge.size(), root: appended.root, stored: head.stored.clone(), pending };
        self.storage.custodian.swap_log_head(self.tenant, version, &next).await?;
        Ok(Step::Appended(count))
    }

    async fn batch(&self, settled: Settled) -> Result<Vec<Waiting>, StorageError> {
        // Excluded is what is recorded in the very next nanosecond, so that an event of this instant is in.
        let until = |wait: SignedDuration| {
            self.now.checked_sub(wait).and_then(|at| at.checked_add(SignedDuration::from_nanos(1))).unwrap_or(self.now)
        };
        self.storage.custodian.waiting(self.tenant, until(settled.changes), until(settled.links), BATCH).await
    }

    async fn append(&self, stored: &StoredEdge, batch: &[Waiting]) -> Result<Appended, SealError> {
        let mut tiles = BTreeMap::new();
        for (name, artifact) in TileName::edge_of(stored.size).zip(&stored.tiles) {
            tiles.insert(name, self.storage.locker.fetch(artifact).await?);
        }
        let edge = Edge::read(stored.size, stored.root, &tiles).map_err(of(self.tenant))?;
        edge.append(batch.iter().map(|waiting| waiting.entry.as_slice())).map_err(of(self.tenant))
    }

    async fn store(&self, head: &LogHead, version: u64) -> Result<Step, SealError> {
        let batch = self.storage.custodian.pending(self.tenant, head).await;
        let batch = match batch {
            // Somebody else stored and cleared it meanwhile.
            Err(StorageError::NotFound { .. }) if self.has_moved(version).await? => return Ok(Step::Went),
            other => other?,
        };
        let appended = self.append(&head.stored, &batch).await?;
        if (appended.edge.size(), appended.root) != (head.size, head.root) {
            let (expected, found) = (head.root, appended.root);
            return Err(of(self.tenant)(LogError::Root { size: head.size, expected, found }));
        }
        let tiles = self.deposit(&appended).await?;
        let stored = StoredEdge { size: head.size, root: head.root, tiles };
        let next = LogHead { stored, ..head.clone() };
        self.storage.custodian.swap_log_head(self.tenant, Some(version), &next).await?;
        Ok(Step::Went)
    }

    async fn has_moved(&self, version: u64) -> Result<bool, StorageError> {
        let found = self.storage.custodian.log_head(self.tenant).await?;
        Ok(found.is_none_or(|(_, found)| found != version))
    }

    // Deposits what is new and gives the references of the new edge, in its order. Tiles of the edge that did not grow are what they were.
    async fn deposit(&self, appended: &Appended) -> Result<Vec<ArtifactReference>, SealError> {
        let retain_until = RetentionClass::OF_REPORTS.retain_until_month_ends(self.now);
        let mut kept = BTreeMap::new();
        for (name, bytes) in &appended.tiles {
            let key = ArtifactKey::log_tile(self.tenant, name);
            kept.insert(*name, self.storage.locker.deposit(&key, Content::Memory(bytes), retain_until).await?);
        }
        let mut edge = Vec::new();
        for name in TileName::edge_of(appended.edge.size()) {
            edge.push(match kept.remove(&name) {
                Some(artifact) => artifact,
                None => self.reference(name).await?,
            });
        }
        Ok(edge)
    }

    async fn reference(&self, name: TileName) -> Result<ArtifactReference, StorageError> {
        let key = ArtifactKey::log_tile(self.tenant, name);
        let lock = self.storage.locker.lock_of(key.as_str()).await?;
        lock.map(|lock| lock.artifact).ok_or_else(|| StorageError::NotFound { key: key.to_string() })
    }

    async fn publish(&self, head: &LogHead) -> Result<(), SealError> {
        let Some(first) = self.signers.first() else { return Err(SealError::Key("there is none".to_owned())) };
        let checkpoint = Checkpoint { origin: first.key().origin().to_owned(), size: head.size, root: head.root };
        let mut note = match self.published(&checkpoint).await? {
            Published::Larger => return Ok(()),
            Published::Same(note) => note,
            Published::Smaller => SignedCheckpoint::unsigned(checkpoint).map_err(of(self.tenant))?,
        };
        let unsigned: Vec<&Signer> = self.signers.iter().filter(|signer| !is_signed(&note, signer)).collect();
        if unsigned.is_empty() {
            return Ok(());
        }
        for signer in unsigned {
            let signature = signer.sign(note.text()).await?;
            note = note.sign(&signer.key(), &signature).map_err(of(self.tenant))?;
        }
        self.storage.custodian.publish_checkpoint(self.tenant, head.size, &note.to_bytes()).await?;
        Ok(())
    }

    async fn attest(&self, head: &LogHead) -> Result<(), SealError> {
        match self.signers.last() {
            Some(signer) => attest(self.storage, self.tenant, signer, head, self.now).await,
            None => Ok(()),
        }
    }

    async fn published(&self, checkpoint: &Checkpoint) -> Result<Published, SealError> {
        let Some((size, note)) = self.storage.custodian.checkpoint(self.tenant).await? else {
            return Ok(Published::Smaller);
        };
        match size.cmp(&checkpoint.size) {
            Ordering::Less => Ok(Published::Smaller),
            Ordering::Greater => Ok(Published::Larger),
            Ordering::Equal => {
                let note = SignedCheckpoint::read(&note).map_err(of(self.tenant))?;
                let Checkpoint { origin, root, .. } = note.claim().clone();
                if origin != checkpoint.origin {
                    return Err(of(self.tenant)(LogError::Origin {
                        expected: checkpoint.origin.clone(),
                        found: origin,
                    }));
                }
                if root != checkpoint.root {
                    return Err(of(self.tenant)(LogError::Root { size, expected: checkpoint.root, found: root }));
                }
                Ok(Published::Same(note))
            }
        }
    }
}

/// What is published already, beside what is to be.
enum Published {
    /// Nothing, or a checkpoint of a smaller log.
    Smaller,
    /// This checkpoint, by whoever signed it: a key that was handed over adds its signature, so that none is lost.
    Same(SignedCheckpoint),
    /// A checkpoint of a larger log: somebody else went on.
    Larger,
}

fn is_signed(note: &SignedCheckpoint, signer: &Signer) -> bool {
    note.open(&Trust { keys: vec![signer.key()], witnesses: Vec::new() }).is_ok()
}
