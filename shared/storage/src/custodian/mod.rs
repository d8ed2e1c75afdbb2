//! Evidence, runs and reports over the Table: each change and its custody event in one transaction.

mod commitment;
mod document;
mod evidence;
mod hold;
mod log;
mod pace;
mod report;
mod role;
mod sealing;

pub use document::Submitted;
pub use evidence::{Begun, Lease};
pub use log::{LogHead, StoredEdge, Waiting};

use crate::{Page, Presence, Record, RecordKey, StorageError, Table, Write, table};
use domain::{Actor, ArtifactReference, CustodyEvent, EventKind, TenantId, Timestamp};
use serde::de::DeserializeOwned;

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
    pub async fn waiting_events(&self, tenant: &TenantId) -> Result<Vec<CustodyEvent>, StorageError> {
        let mut records = self.table.all(&RecordKey::outbox_of(tenant)).await?;
        records.extend(self.table.all(&RecordKey::handed_out_of(tenant)).await?);
        records.sort_by(|one, other| one.key.sort.cmp(&other.key.sort));
        records.iter().map(Record::read).collect()
    }

    /// Records a change of what somebody may do: `change` is an [`EventKind::RoleChanged`], which is all there is to keep. To be recorded
    /// before the change takes effect.
    pub async fn change_role(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        change: EventKind,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.table.transact(vec![event(tenant, actor, now, change)?]).await
    }

    /// Records that `actor` was given a link to `artifact`. `token` names this one handing out: the same again, because an answer
    /// was lost, is no second one. To be recorded before the link is answered.
    pub async fn hand_out(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        artifact: &ArtifactReference,
        token: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let ArtifactReference { key, version, digest, .. } = artifact.clone();
        let kind = EventKind::LinkHandedOut { token: token.to_owned(), key, version, digest };
        let event = CustodyEvent::new(tenant.clone(), actor.clone(), now, kind);
        let key = RecordKey::handed_out(tenant, now, &event.name());
        let body = table::body(&key, &event)?;
        match self.table.put_new(key.clone(), body.clone()).await {
            Err(StorageError::Changed { .. }) => self.same_event(&key, &body).await,
            other => other,
        }
    }

    async fn same_event(&self, key: &RecordKey, body: &str) -> Result<(), StorageError> {
        if self.table.get(key).await?.is_some_and(|found| found.body == body) {
            return Ok(());
        }
        let reason = "another link was handed out under the same token".to_owned();
        Err(StorageError::Conflict { key: key.to_string(), reason })
    }

    /// The values of a page of `partition`, and where the next page begins.
    async fn page<T: DeserializeOwned>(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<T>, StorageError> {
        let page = self.table.query(partition, "", "", after, limit).await?;
        let records = page.records.iter().map(Record::read).collect::<Result<_, _>>()?;
        Ok(Page { records, next: page.next })
    }
}

fn event(tenant: &TenantId, actor: &Actor, at: Timestamp, kind: EventKind) -> Result<Write, StorageError> {
    outbox(&CustodyEvent::new(tenant.clone(), actor.clone(), at, kind))
}

// The write that puts an event into the outbox, to go into the transaction of the change it tells of.
fn outbox(event: &CustodyEvent) -> Result<Write, StorageError> {
    let key = RecordKey::event(&event.tenant, event.recorded_at, &event.name());
    let body = table::body(&key, event)?;
    Ok(Write::PutNew { key, body })
}

// An entry of the log has room for 65,535 bytes, and nobody reads a message of thousands. What is cut off is said.
const LONGEST_MESSAGE: usize = 4000;

fn bounded(message: &str) -> String {
    match message.char_indices().nth(LONGEST_MESSAGE) {
        None => message.to_owned(),
        Some((end, _)) => format!("{} … ({} bytes in all)", message.get(..end).unwrap_or_default(), message.len()),
    }
}

fn contended(key: &RecordKey) -> StorageError {
    StorageError::unavailable("custodian", format!("others kept changing {key}"))
}
