//! What somebody was seen to act as.

use super::{Custodian, LOOKS, contended, outbox};
use crate::{RecordKey, StorageError, Write, table};
use domain::{Actor, CustodyEvent, EventKind, TenantId, Timestamp};

impl Custodian {
    /// Records that `subject` acts with `roles`, unless these are what was seen of it last: then one record is read and nothing written. Who gave
    /// them is not known here, so the event is the subject's own. Tells whether they are new. To be recorded before they take effect.
    ///
    /// The record is the newest event itself; earlier ones are in the log alone.
    pub async fn role_seen(
        &self,
        tenant: &TenantId,
        subject: &Actor,
        roles: &[String],
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let key = RecordKey::roles(tenant, subject);
        for _ in 0..LOOKS {
            let found = self.table.get(&key).await?;
            let seen: Option<CustodyEvent> = found.as_ref().map(|record| record.read()).transpose()?;
            if seen.is_some_and(|seen| gives(&seen, roles)) {
                return Ok(false);
            }
            let version = found.map(|record| record.version);
            let event = change(tenant, subject, roles, version.unwrap_or(0) + 1, now);
            let (key, body) = (key.clone(), table::body(&key, &event)?);
            let write = match version {
                Some(version) => Write::Swap { key, version, body },
                None => Write::PutNew { key, body },
            };
            match self.table.transact(vec![write, outbox(&event)?]).await {
                // Somebody else saw it, or we did and the answer was lost: look again.
                Err(StorageError::Changed { .. }) => {}
                other => return other.map(|()| true),
            }
        }
        Err(contended(&key))
    }
}

fn gives(event: &CustodyEvent, wanted: &[String]) -> bool {
    matches!(&event.kind, EventKind::RoleChanged { roles, .. } if roles == wanted)
}

// The record's own count of its changes names each.
fn change(tenant: &TenantId, subject: &Actor, roles: &[String], count: u64, now: Timestamp) -> CustodyEvent {
    let (token, roles) = (format!("{subject}/{count}"), roles.to_vec());
    let kind = EventKind::RoleChanged { token, subject: subject.clone(), roles, until: None };
    CustodyEvent::new(tenant.clone(), subject.clone(), now, kind)
}
