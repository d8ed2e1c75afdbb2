//! Evidence, runs and reports over the Table: each change and its custody event in one transaction.

mod evidence;
mod report;

pub use evidence::{Begun, Lease};

use crate::{Presence, Record, RecordKey, StorageError, Table, Write, table};
use domain::{Actor, CustodyEvent, EventKind, TenantId, Timestamp};

/// Keeps the records of evidence, runs and reports. Written once, over any [`Table`].
#[derive(Debug, Clone)]
pub struct Custodian {
    table: Table,
    presence: Presence,
}

// A condition that fails means somebody else was first: look again. Each look either finds a final state or a new
// version, so a handful is enough unless somebody writes in a loop.
const LOOKS: usize = 8;

impl Custodian {
    pub(crate) fn new(table: Table, presence: Presence) -> Self {
        Self { table, presence }
    }

    /// Every custody event of a tenant that waits for the log, in the order of recording.
    pub async fn events(&self, tenant: &TenantId) -> Result<Vec<CustodyEvent>, StorageError> {
        let records = self.table.all(&RecordKey::outbox_of(tenant)).await?;
        records.iter().map(Record::read).collect()
    }
}

fn event(tenant: &TenantId, actor: &Actor, at: Timestamp, kind: EventKind) -> Result<Write, StorageError> {
    let event = CustodyEvent::new(tenant.clone(), actor.clone(), at, kind);
    let key = RecordKey::event(tenant, at, &event.name());
    let body = table::body(&key, &event)?;
    Ok(Write::PutNew { key, body })
}

fn contended(key: &RecordKey) -> StorageError {
    StorageError::unavailable("custodian", format!("others kept changing {key}"))
}
