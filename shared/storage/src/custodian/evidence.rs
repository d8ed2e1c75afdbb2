//! The record of a slot: begin, commit, fail.

use super::{Custodian, LOOKS, bounded, contended, event};
use crate::{Record, RecordKey, StorageError, Write, table};
use domain::{
    Actor, CollectedEvidence, ControlId, EventKind, EvidenceRecord, EvidenceState, Failure, Period, Slot, TenantId,
    Timestamp,
};
use jiff::ToSpan as _;

/// What `begin` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The slot is the caller's until the lease ends: collect it.
    Started(Lease),
    /// The slot is filled; this is the answer.
    AlreadyCollected(Box<EvidenceRecord>),
    /// Somebody else is collecting it.
    UnderWay {
        /// Until when nobody else may begin.
        lease_until: Timestamp,
    },
    /// The same owner tried already, and failed for a reason that no retry mends.
    AlreadyFailed {
        /// The failure.
        failure: Failure,
        /// What was wrong, with which input.
        message: String,
    },
}

/// Whose closing of a slot stands: ours, or what is there instead (also our own, when the answer was lost).
enum Closed {
    Ours(EvidenceRecord),
    Theirs(EvidenceRecord, u64),
}

/// The right to fill a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The slot.
    pub slot: Slot,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    owner: String,
    version: u64,
}

impl Custodian {
    /// Takes the slot for `owner` until `lease_until`, unless it is filled or under somebody else's live lease.
    ///
    /// The same owner asking again, because an answer was lost, gets the same lease; after a failure that no retry mends it gets
    /// that failure.
    pub async fn begin(
        &self,
        slot: &Slot,
        owner: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Begun, StorageError> {
        let key = RecordKey::evidence(slot);
        let pending = EvidenceState::Pending { lease_owner: owner.to_owned(), lease_until };
        let first = EvidenceRecord { slot: slot.clone(), attempt: 1, state: pending.clone() };
        let first = table::body(&key, &first)?;
        // Most slots are new when they are begun: the write that tells so comes before any reading.
        match self.table.put_new(key.clone(), first).await {
            Err(StorageError::Changed { .. }) => self.begin_again(&key, pending, owner, now).await,
            other => other.map(|()| started(slot, owner, 1, 1)),
        }
    }

    async fn begin_again(
        &self,
        key: &RecordKey,
        pending: EvidenceState,
        owner: &str,
        now: Timestamp,
    ) -> Result<Begun, StorageError> {
        for _ in 0..LOOKS {
            let found = self.table.get(key).await?.ok_or_else(|| StorageError::NotFound { key: key.to_string() })?;
            let record: EvidenceRecord = found.read()?;
            if let Some(answer) = self.standing(&record, &found, owner, now) {
                return Ok(answer);
            }
            let next = EvidenceRecord { attempt: record.attempt + 1, state: pending.clone(), ..record };
            match self.table.swap(key.clone(), found.version, table::body(key, &next)?).await {
                Err(StorageError::Changed { .. }) => {}
                other => return other.map(|()| started(&next.slot, owner, next.attempt, found.version + 1)),
            }
        }
        Err(contended(key))
    }

    // What a record answers by itself; none when a new attempt may begin.
    fn standing(&self, record: &EvidenceRecord, found: &Record, owner: &str, now: Timestamp) -> Option<Begun> {
        match &record.state {
            EvidenceState::Collected(_) => Some(Begun::AlreadyCollected(Box::new(record.clone()))),
            EvidenceState::Failed { error, message, lease_owner, .. } if lease_owner == owner => {
                let failure = Failure::named(error).filter(|failure| !failure.is_retryable())?;
                Some(Begun::AlreadyFailed { failure, message: message.clone() })
            }
            EvidenceState::Failed { .. } | EvidenceState::Waived { .. } => None,
            EvidenceState::Pending { lease_owner, .. } if lease_owner == owner => {
                Some(started(&record.slot, owner, record.attempt, found.version))
            }
            EvidenceState::Pending { lease_owner, lease_until } => {
                let over = *lease_until <= now || self.presence.is_dead(lease_owner);
                (!over).then_some(Begun::UnderWay { lease_until: *lease_until })
            }
        }
    }

    /// Records that the slot is filled. This is the commit point of collecting: one transaction sets the record, closes the
    /// slot and puts the custody event into the outbox. A crash before it leaves a locked object that nothing refers to and
    /// a lease that ends.
    ///
    /// When somebody else filled the slot meanwhile, theirs stands and is the answer. When somebody else only began or failed,
    /// because this attempt took longer than its lease, the evidence that is there wins.
    pub async fn commit(&self, lease: &Lease, collected: CollectedEvidence) -> Result<EvidenceRecord, StorageError> {
        let at = collected.recorded_at;
        let kind = EventKind::EvidenceCollected {
            evidence_id: lease.slot.evidence_id(),
            digest: collected.artifact.digest,
            version: collected.artifact.version.clone(),
        };
        let event = event(&lease.slot.tenant, &collected.executed_by, at, kind)?;
        let mut lease = lease.clone();
        for _ in 0..LOOKS {
            let state = EvidenceState::Collected(collected.clone());
            match self.close(&lease, state, event.clone()).await? {
                Closed::Ours(record) => return Ok(record),
                Closed::Theirs(found, version) => match found.state {
                    EvidenceState::Collected(_) => return Ok(found),
                    EvidenceState::Pending { .. } | EvidenceState::Failed { .. } | EvidenceState::Waived { .. } => {
                        lease = Lease { attempt: found.attempt, version, ..lease };
                    }
                },
            }
        }
        Err(contended(&RecordKey::evidence(&lease.slot)))
    }

    /// Records that the attempt failed: the slot is closed as `failed`, which is itself a record. When somebody else took the
    /// slot meanwhile, theirs stands and is the answer.
    pub async fn fail(
        &self,
        lease: &Lease,
        failure: Failure,
        message: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<EvidenceRecord, StorageError> {
        let (error, message) = (failure.name().to_owned(), bounded(message));
        let kind = EventKind::EvidenceFailed {
            evidence_id: lease.slot.evidence_id(),
            attempt: lease.attempt,
            error: error.clone(),
            message: message.clone(),
        };
        let lease_owner = lease.owner.clone();
        let state = EvidenceState::Failed { error, message, failed_at: now, lease_owner };
        match self.close(lease, state, event(&lease.slot.tenant, actor, now, kind)?).await? {
            Closed::Ours(record) | Closed::Theirs(record, _) => Ok(record),
        }
    }

    /// Records that somebody decided that a slot need not be filled. Evidence that comes all the same is kept and wins.
    ///
    /// The same decision again is no second one. [`StorageError::Conflict`] when the slot is filled.
    pub async fn waive(
        &self,
        slot: &Slot,
        actor: &Actor,
        reason: &str,
        now: Timestamp,
    ) -> Result<EvidenceRecord, StorageError> {
        let key = RecordKey::evidence(slot);
        let reason = bounded(reason);
        for _ in 0..LOOKS {
            let found = self.table.get(&key).await?;
            let record: Option<EvidenceRecord> = found.as_ref().map(|record| record.read()).transpose()?;
            match record.as_ref().map(|record| &record.state) {
                Some(EvidenceState::Collected(_)) => {
                    let reason = "it is filled: there is nothing to waive".to_owned();
                    return Err(StorageError::Conflict { key: key.to_string(), reason });
                }
                Some(EvidenceState::Waived { .. }) => return record.ok_or_else(|| contended(&key)),
                _ => {}
            }
            let attempt = record.map_or(0, |record| record.attempt);
            let state = EvidenceState::Waived { reason: reason.clone(), waived_by: actor.clone(), waived_at: now };
            let waived = EvidenceRecord { slot: slot.clone(), attempt, state };
            let body = table::body(&key, &waived)?;
            let write = match found {
                Some(found) => Write::Swap { key: key.clone(), version: found.version, body },
                None => Write::PutNew { key: key.clone(), body },
            };
            let kind = EventKind::SlotWaived { evidence_id: slot.evidence_id(), attempt, reason: reason.clone() };
            match self.table.transact(vec![write, event(&slot.tenant, actor, now, kind)?]).await {
                Err(StorageError::Changed { .. }) => {}
                other => return other.map(|()| waived),
            }
        }
        Err(contended(&key))
    }

    async fn close(&self, lease: &Lease, state: EvidenceState, event: Write) -> Result<Closed, StorageError> {
        let key = RecordKey::evidence(&lease.slot);
        let record = EvidenceRecord { slot: lease.slot.clone(), attempt: lease.attempt, state };
        let swap = Write::Swap { key: key.clone(), version: lease.version, body: table::body(&key, &record)? };
        match self.table.transact(vec![swap, event]).await {
            Ok(()) => Ok(Closed::Ours(record)),
            Err(StorageError::Changed { .. }) => {
                let found =
                    self.table.get(&key).await?.ok_or_else(|| StorageError::NotFound { key: key.to_string() })?;
                Ok(Closed::Theirs(found.read()?, found.version))
            }
            Err(other) => Err(other),
        }
    }

    /// The record of a slot, if there is one.
    pub async fn evidence(&self, slot: &Slot) -> Result<Option<EvidenceRecord>, StorageError> {
        self.table.get(&RecordKey::evidence(slot)).await?.map(|record| record.read()).transpose()
    }

    /// How many records [`Self::last_collected`] looks at: a control that nobody could collect for months is no reason to read months.
    pub const LOOKS_BACK: usize = 2000;

    /// The record of the latest period of a control that was collected, of those that began before `before`; none when there is
    /// none among the latest [`Self::LOOKS_BACK`] or so records.
    pub async fn last_collected(
        &self,
        tenant: &TenantId,
        control: &ControlId,
        before: Timestamp,
    ) -> Result<Option<EvidenceRecord>, StorageError> {
        let partition = RecordKey::evidence_of(tenant, control);
        let mut before = Some(before.to_string());
        // Mostly it is the first; where it is not, few pages lead further than many.
        let (mut looked, mut limit) = (0, 25);
        while let Some(sort) = before.filter(|_| looked < Self::LOOKS_BACK) {
            let page = self.table.newest(&partition, &sort, limit).await?;
            (looked, limit) = (looked + page.records.len(), 1000);
            for record in &page.records {
                let record: EvidenceRecord = record.read()?;
                if matches!(record.state, EvidenceState::Collected(_)) {
                    return Ok(Some(record));
                }
            }
            before = page.next;
        }
        Ok(None)
    }

    /// Every record of a control whose period ends inside `window`, by period and source.
    pub async fn evidence_of(
        &self,
        tenant: &TenantId,
        control: &ControlId,
        window: &Period,
    ) -> Result<Vec<EvidenceRecord>, StorageError> {
        let partition = RecordKey::evidence_of(tenant, control);
        // A week may have begun up to six days before the window that it belongs to.
        let from = window.start().checked_sub(7 * 24.hours()).unwrap_or(Timestamp::MIN).to_string();
        let to = window.end().to_string();
        let (mut records, mut after) = (Vec::new(), None);
        loop {
            let page = self.table.query(&partition, &from, &to, after.as_deref(), 1000).await?;
            for record in &page.records {
                let record: EvidenceRecord = record.read()?;
                if record.slot.period.end() > window.start() && record.slot.period.end() <= window.end() {
                    records.push(record);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(records);
            }
        }
    }
}

fn started(slot: &Slot, owner: &str, attempt: u32, version: u64) -> Begun {
    Begun::Started(Lease { slot: slot.clone(), attempt, owner: owner.to_owned(), version })
}
