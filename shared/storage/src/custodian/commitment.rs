//! Committing slots before their period, and publishing catalogs.

use super::{Custodian, outbox};
use crate::{RecordKey, StorageError, Write, table};
use domain::{Actor, Commitments, ControlId, CustodyEvent, Digest, EventKind, SlotCommitment, TenantId, Timestamp};

// Sorts after every control and every number.
const END: &str = "~";

impl Custodian {
    /// Commits the slots of a catalog: `wanted` is what it says of each of its controls, whose `from` is set here. What was said already is
    /// not said again; a control that the catalog no longer has gets a commitment without sources. Tells how many were made.
    ///
    /// Each is one transaction with its event. The publication of the catalog is recorded last: once it is there, nothing is looked at
    /// again. A crash in between leaves commitments that stand, and the next call makes the rest.
    pub async fn commit_slots(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        catalog: Digest,
        wanted: &[SlotCommitment],
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let (sequence, published) = self.published(tenant).await?;
        if published == Some(catalog) {
            return Ok(0);
        }
        let before = self.commitments(tenant).await?;
        let mut made = 0;
        for commitment in changes(&before, catalog, wanted, now) {
            made += 1;
            self.commit_one(tenant, actor, commitment, now).await?;
        }
        let publication = EventKind::CatalogPublished { sequence: sequence + 1, catalog };
        let key = RecordKey::publication(tenant, sequence + 1);
        self.tell_once(tenant, actor, now, key, publication).await?;
        Ok(made)
    }

    async fn commit_one(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        commitment: SlotCommitment,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let key = RecordKey::commitment(tenant, &commitment.control, now);
        self.tell_once(tenant, actor, now, key, EventKind::SlotsCommitted(commitment)).await
    }

    /// Records that checkpoints are signed by `to` from now on. Once for each key.
    pub async fn rotate_key(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        from: Option<&str>,
        to: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let key = RecordKey::log_key(tenant, to);
        let kind = EventKind::KeyRotated { from: from.map(str::to_owned), to: to.to_owned() };
        self.tell_once(tenant, actor, now, key, kind).await
    }

    // A record that is the event itself, and the event. Whoever was first said it.
    async fn tell_once(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        now: Timestamp,
        key: RecordKey,
        kind: EventKind,
    ) -> Result<(), StorageError> {
        let event = CustodyEvent::new(tenant.clone(), actor.clone(), now, kind);
        let record = Write::PutNew { body: table::body(&key, &event)?, key };
        match self.table.transact(vec![record, outbox(&event)?]).await {
            Err(StorageError::Changed { .. }) => Ok(()),
            other => other,
        }
    }

    // The newest publication: its number, 0 when there is none, and its catalog.
    async fn published(&self, tenant: &TenantId) -> Result<(u64, Option<Digest>), StorageError> {
        let newest = self.table.newest(&RecordKey::publications_of(tenant), END, 1).await?;
        let Some(record) = newest.records.first() else { return Ok((0, None)) };
        let event: CustodyEvent = record.read()?;
        match event.kind {
            EventKind::CatalogPublished { sequence, catalog } => Ok((sequence, Some(catalog))),
            _ => {
                Err(StorageError::Unreadable { key: record.key.to_string(), reason: "it is no publication".to_owned() })
            }
        }
    }

    /// Every commitment of a tenant.
    pub async fn commitments(&self, tenant: &TenantId) -> Result<Commitments, StorageError> {
        let records = self.table.all(&RecordKey::commitments_of(tenant)).await?;
        let events: Vec<CustodyEvent> = records.iter().map(|record| record.read()).collect::<Result<_, _>>()?;
        Ok(Commitments::of(&events))
    }
}

/// What has to be said, given what was said before.
fn changes(before: &Commitments, catalog: Digest, wanted: &[SlotCommitment], now: Timestamp) -> Vec<SlotCommitment> {
    let named = |control: &ControlId| wanted.iter().any(|commitment| commitment.control == *control);
    let gone = before.controls().filter(|control| !named(control)).filter_map(|control| before.latest(control));
    let gone = gone.map(|last| SlotCommitment { sources: Vec::new(), ..last.clone() });
    let all = wanted.iter().cloned().chain(gone);
    let changed = all.filter(|next| before.latest(&next.control).is_none_or(|last| !last.says_the_same(next)));
    let begun = changed.filter_map(|next| {
        // At the end of the calendar nothing begins any more.
        let from = SlotCommitment::begins(next.every, before.latest(&next.control), now).ok()?;
        Some(SlotCommitment { from, catalog, ..next })
    });
    begun.collect()
}
