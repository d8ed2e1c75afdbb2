//! What somebody was seen to act as.

use super::{Custodian, LOOKS, contended, event};
use crate::{RecordKey, StorageError, Write, table};
use domain::{Actor, EventKind, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// The roles that somebody was last seen with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SeenRoles {
    /// In order.
    roles: Vec<String>,
    /// Counts the changes, from 1.
    changes: u64,
}

impl Custodian {
    /// Records that `subject` acts with `roles`, unless these are what was seen of it last: then one record is read and nothing written. Who gave
    /// them is not known here, so the event is the subject's own. Tells whether they are new. To be recorded before they take effect.
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
            let seen: Option<SeenRoles> = found.as_ref().map(|record| record.read()).transpose()?;
            if seen.as_ref().is_some_and(|seen| seen.roles == roles) {
                return Ok(false);
            }
            let changes = seen.map_or(0, |seen| seen.changes) + 1;
            let body = table::body(&key, &SeenRoles { roles: roles.to_vec(), changes })?;
            let write = match found {
                Some(record) => Write::Swap { key: key.clone(), version: record.version, body },
                None => Write::PutNew { key: key.clone(), body },
            };
            let token = format!("{subject}/{changes}");
            let kind = EventKind::RoleChanged { token, subject: subject.clone(), roles: roles.to_vec(), until: None };
            match self.table.transact(vec![write, event(tenant, subject, now, kind)?]).await {
                // Somebody else saw it, or we did and the answer was lost: look again.
                Err(StorageError::Changed { .. }) => {}
                other => return other.map(|()| true),
            }
        }
        Err(contended(&key))
    }
}
