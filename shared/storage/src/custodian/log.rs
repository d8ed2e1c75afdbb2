//! The head of the log, its newest checkpoint, and the events that wait for it.

use super::Custodian;
use crate::{MOST_WRITES, Record, RecordKey, StorageError, Write, table};
use domain::{ArtifactReference, CustodyEvent, Digest, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// What the log is: committed by one conditional write, and then stored, published and cleared away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// How many entries it has.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
    /// How far its tiles are stored.
    pub stored: StoredEdge,
    /// The events of the newest batch, in the order in which they are entries, that are still in the outbox: `outbox/<place>` or
    /// `handed-out/<place>`.
    pub pending: Vec<String>,
}

/// A size up to which tiles are stored, and those at its right edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEdge {
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
    /// The tiles and the bundle at the edge that are not full.
    pub tiles: Vec<ArtifactReference>,
}

impl LogHead {
    /// The head of a log without entries. `root` is the root over nothing.
    pub fn empty(root: Digest) -> Self {
        Self { size: 0, root, stored: StoredEdge { size: 0, root, tiles: Vec::new() }, pending: Vec::new() }
    }
}

/// An event that waits for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Where it waits, as [`LogHead::pending`] names it.
    pub place: String,
    /// Its bytes: canonical JSON, the entry that it will be.
    pub entry: Vec<u8>,
}

/// A checkpoint as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Published {
    size: u64,
    note: String,
}

impl Custodian {
    /// The head of a tenant's log with the version to swap it by; none when the log was never begun.
    pub async fn log_head(&self, tenant: &TenantId) -> Result<Option<(LogHead, u64)>, StorageError> {
        let found = self.table.get(&RecordKey::log_head(tenant)).await?;
        found.map(|record| Ok((record.read()?, record.version))).transpose()
    }

    /// Changes the head of the log, if it still has `version`; none begins the log. **The commit point of an append.**
    ///
    /// Before it, the events are in the outbox and the log knows nothing of them. After it they are entries, in that order, for ever: the
    /// tiles, the checkpoint and the clearing of the outbox follow from the head and the outbox alone, and whoever comes next does what a
    /// crash left undone. Until its tiles are stored, no event of a batch leaves the outbox; until it is cleared, no other batch begins.
    pub async fn swap_log_head(
        &self,
        tenant: &TenantId,
        version: Option<u64>,
        head: &LogHead,
    ) -> Result<(), StorageError> {
        let key = RecordKey::log_head(tenant);
        let body = table::body(&key, head)?;
        match version {
            Some(version) => self.table.swap(key, version, body).await,
            None => self.table.put_new(key, body).await,
        }
    }

    /// At most `limit` events that wait for the log, in order: those recorded before `before`, links before `links_before`.
    pub async fn waiting(
        &self,
        tenant: &TenantId,
        before: Timestamp,
        links_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Waiting>, StorageError> {
        let mut waiting = Vec::new();
        for (kind, before) in [(OUTBOX, before), (HANDED_OUT, links_before)] {
            let to = format!("{before:.9}");
            let page = self.table.query(&format!("{tenant}/{kind}"), "", &to, None, limit).await?;
            waiting.extend(page.records);
        }
        waiting.sort_by(|one, other| one.key.sort.cmp(&other.key.sort));
        waiting.truncate(limit);
        Ok(waiting.into_iter().map(waits).collect())
    }

    /// The events of a batch that is in the log and not cleared away yet, in its order.
    pub async fn pending(&self, tenant: &TenantId, head: &LogHead) -> Result<Vec<Waiting>, StorageError> {
        let mut events = Vec::with_capacity(head.pending.len());
        for place in &head.pending {
            let key = place_of(tenant, place)?;
            let found = self.table.get(&key).await?;
            events.push(waits(found.ok_or_else(|| StorageError::NotFound { key: key.to_string() })?));
        }
        Ok(events)
    }

    /// Clears the outbox of the head's batch. Again, or by two at once, is no harm: only what is in the log is taken away.
    pub async fn clear(&self, tenant: &TenantId, head: &LogHead, version: u64) -> Result<(), StorageError> {
        let remove = |place: &String| Ok(Write::Remove { key: place_of(tenant, place)? });
        let removals: Vec<Write> = head.pending.iter().map(remove).collect::<Result<_, StorageError>>()?;
        for chunk in removals.chunks(MOST_WRITES) {
            self.table.transact(chunk.to_vec()).await?;
        }
        self.swap_log_head(tenant, Some(version), &LogHead { pending: Vec::new(), ..head.clone() }).await
    }

    /// The newest published checkpoint: its size and the signed note.
    pub async fn checkpoint(&self, tenant: &TenantId) -> Result<Option<(u64, Vec<u8>)>, StorageError> {
        let found = self.table.get(&RecordKey::log_checkpoint(tenant)).await?;
        let published: Option<Published> = found.map(|record| record.read()).transpose()?;
        Ok(published.map(|published| (published.size, published.note.into_bytes())))
    }

    /// Publishes a signed checkpoint, unless one of a larger log is there; of the same size, the one with more signatures stays.
    pub async fn publish_checkpoint(&self, tenant: &TenantId, size: u64, note: &[u8]) -> Result<(), StorageError> {
        let key = RecordKey::log_checkpoint(tenant);
        let unreadable = |reason: &str| StorageError::Unreadable { key: key.to_string(), reason: reason.to_owned() };
        let note = String::from_utf8(note.to_vec()).map_err(|_| unreadable("a signed note is UTF-8"))?;
        let next = Published { size, note };
        let body = table::body(&key, &next)?;
        for _ in 0..super::LOOKS {
            let found = self.table.get(&key).await?;
            let written = match &found {
                None => self.table.put_new(key.clone(), body.clone()).await,
                Some(record) => {
                    let there: Published = record.read()?;
                    if (there.size, there.note.lines().count()) >= (next.size, next.note.lines().count()) {
                        return Ok(());
                    }
                    self.table.swap(key.clone(), record.version, body.clone()).await
                }
            };
            match written {
                Err(StorageError::Changed { .. }) => {}
                other => return other,
            }
        }
        Err(super::contended(&key))
    }
}

const OUTBOX: &str = "outbox";
const HANDED_OUT: &str = "handed-out";

fn waits(record: Record) -> Waiting {
    let Record { key: RecordKey { partition, sort }, body, .. } = record;
    let kind = partition.rsplit('/').next().unwrap_or_default();
    Waiting { place: format!("{kind}/{sort}"), entry: body.into_bytes() }
}

fn place_of(tenant: &TenantId, place: &str) -> Result<RecordKey, StorageError> {
    match place.split_once('/') {
        Some((kind @ (OUTBOX | HANDED_OUT), sort)) => {
            Ok(RecordKey { partition: format!("{tenant}/{kind}"), sort: sort.to_owned() })
        }
        _ => {
            let key = RecordKey::log_head(tenant).to_string();
            Err(StorageError::Unreadable { key, reason: format!("{place:?} is no place of an event") })
        }
    }
}

impl Waiting {
    /// The event.
    pub fn event(&self) -> Result<CustodyEvent, StorageError> {
        let unreadable =
            |error: serde_json::Error| StorageError::Unreadable { key: self.place.clone(), reason: error.to_string() };
        serde_json::from_slice(&self.entry).map_err(unreadable)
    }
}
