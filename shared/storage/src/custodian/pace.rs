//! How far the requests to a source are given out: what everybody who asks it shares.

use super::Custodian;
use crate::{RecordKey, StorageError, table};
use domain::{SourceId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Pace {
    /// From here on requests are still to be given out.
    given_out_to: Timestamp,
}

impl Custodian {
    /// Up to which instant requests to `source` are given out, with the version to change it by; none when it was never asked.
    pub async fn pace(&self, tenant: &TenantId, source: &SourceId) -> Result<Option<(Timestamp, u64)>, StorageError> {
        let found = self.table.get(&RecordKey::pace(tenant, source)).await?;
        found.map(|record| Ok((record.read::<Pace>()?.given_out_to, record.version))).transpose()
    }

    /// Gives requests out up to `given_out_to`, if nobody else did since `version` was read. Lost, it costs the time between: nothing is kept by it.
    pub async fn set_pace(
        &self,
        tenant: &TenantId,
        source: &SourceId,
        version: Option<u64>,
        given_out_to: Timestamp,
    ) -> Result<(), StorageError> {
        let key = RecordKey::pace(tenant, source);
        let body = table::body(&key, &Pace { given_out_to })?;
        match version {
            Some(version) => self.table.swap(key, version, body).await,
            None => self.table.put_new(key, body).await,
        }
    }
}
