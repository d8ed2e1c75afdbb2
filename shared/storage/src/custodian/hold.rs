//! The records of legal holds. The locks themselves are the Locker's.

use super::{Custodian, LOOKS, bounded, contended, outbox};
use crate::{Record, RecordKey, StorageError, Write, table};
use domain::{Actor, HoldName, HoldState, LegalHold, TenantId, Timestamp};

impl Custodian {
    /// Records that a hold lies on a report, before its objects are locked: a crash in between leaves a hold that says so and is laid again.
    /// The same hold again is no second one. [`StorageError::Conflict`] when its name is taken.
    pub async fn place_hold(&self, tenant: &TenantId, hold: &LegalHold) -> Result<LegalHold, StorageError> {
        let key = RecordKey::hold(tenant, &hold.hold);
        let hold = LegalHold { reason: bounded(&hold.reason), ..hold.clone() };
        let put = Write::PutNew { body: table::body(&key, &hold)?, key: key.clone() };
        match self.table.transact(vec![put, outbox(&hold.placed(tenant))?]).await {
            Err(StorageError::Changed { .. }) => self.same_hold(&key, &hold).await,
            other => other.map(|()| hold),
        }
    }

    async fn same_hold(&self, key: &RecordKey, hold: &LegalHold) -> Result<LegalHold, StorageError> {
        let (found, _) = self.required_hold(key).await?;
        if found.holds() && found.report_id == hold.report_id {
            return Ok(found);
        }
        let what = if found.holds() { "lies" } else { "lay" };
        let reason = format!("a hold of that name {what} on the report {}: give another name", found.report_id);
        Err(StorageError::Conflict { key: key.to_string(), reason })
    }

    /// Asks that a hold be lifted or, when somebody else asked already, lifts it. The objects are unlocked after it: what is unlocked was
    /// released, whatever a crash left. The same again changes nothing. Gives the hold as it stands.
    pub async fn release_hold(
        &self,
        tenant: &TenantId,
        name: &HoldName,
        actor: &Actor,
        reason: &str,
        now: Timestamp,
    ) -> Result<LegalHold, StorageError> {
        let key = RecordKey::hold(tenant, name);
        for _ in 0..LOOKS {
            let (found, version) = self.required_hold(&key).await?;
            let Some(state) = after(&found.state, actor, reason, now) else { return Ok(found) };
            let next = LegalHold { state, ..found };
            let mut writes = vec![Write::Swap { key: key.clone(), version, body: table::body(&key, &next)? }];
            if let Some(released) = next.released(tenant) {
                writes.push(outbox(&released)?);
            }
            match self.table.transact(writes).await {
                Err(StorageError::Changed { .. }) => {}
                other => return other.map(|()| next),
            }
        }
        Err(contended(&key))
    }

    async fn required_hold(&self, key: &RecordKey) -> Result<(LegalHold, u64), StorageError> {
        let record = self.table.get(key).await?.ok_or_else(|| StorageError::NotFound { key: key.to_string() })?;
        Ok((record.read()?, record.version))
    }

    /// A hold, if there is one of that name.
    pub async fn hold(&self, tenant: &TenantId, name: &HoldName) -> Result<Option<LegalHold>, StorageError> {
        self.table.get(&RecordKey::hold(tenant, name)).await?.map(|record| record.read()).transpose()
    }

    /// Every hold of a tenant, by name, also those that were lifted.
    pub async fn holds(&self, tenant: &TenantId) -> Result<Vec<LegalHold>, StorageError> {
        self.table.all(&RecordKey::holds_of(tenant)).await?.iter().map(Record::read).collect()
    }
}

// What a hold is after `actor` spoke for lifting it; none when that changes nothing.
fn after(state: &HoldState, actor: &Actor, reason: &str, now: Timestamp) -> Option<HoldState> {
    match state {
        HoldState::Placed => Some(HoldState::ReleaseAsked { asked_by: actor.clone(), asked_at: now }),
        HoldState::ReleaseAsked { asked_by, .. } if asked_by == actor => None,
        HoldState::ReleaseAsked { asked_by, .. } => {
            let (asked_by, released_by) = (asked_by.clone(), actor.clone());
            let release_reason = bounded(reason);
            Some(HoldState::Released { asked_by, released_by, released_at: now, release_reason })
        }
        HoldState::Released { .. } => None,
    }
}
