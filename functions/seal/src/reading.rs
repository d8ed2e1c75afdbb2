//! Reading a log out of the store.

use crate::SealError;
use custody_log::{LogError, Opened, SignedCheckpoint, TileName, Trust, split};
use domain::TenantId;
use storage::{ArtifactKey, Storage, StorageError};

/// The newest checkpoint of a tenant's log, its signatures checked; none when nothing was published.
pub async fn open_checkpoint(storage: &Storage, tenant: &TenantId, trust: &Trust) -> Result<Option<Opened>, SealError> {
    let Some((_, note)) = storage.custodian.checkpoint(tenant).await? else { return Ok(None) };
    let opened = SignedCheckpoint::read(&note).and_then(|checkpoint| checkpoint.open(trust));
    opened.map(Some).map_err(of(tenant))
}

/// The bytes of a tile or bundle. Whether they are the log's own is for whoever has the root to check.
pub async fn tile(storage: &Storage, tenant: &TenantId, name: TileName) -> Result<Vec<u8>, StorageError> {
    let key = ArtifactKey::log_tile(tenant, name);
    let lock = storage.locker.lock_of(key.as_str()).await?;
    let lock = lock.ok_or_else(|| StorageError::NotFound { key: key.to_string() })?;
    storage.locker.fetch(&lock.artifact).await
}

/// The entries from `from` to `to`, excluded, of a log of `size` entries, in order.
pub async fn entries(
    storage: &Storage,
    tenant: &TenantId,
    size: u64,
    (from, to): (u64, u64),
) -> Result<Vec<Vec<u8>>, SealError> {
    let mut found = Vec::new();
    for name in TileName::entries_of(size) {
        let first = name.index * custody_log::WIDTH;
        if first + name.width <= from || to <= first {
            continue;
        }
        let bytes = tile(storage, tenant, name).await?;
        let entries = split(&bytes).map_err(of(tenant))?;
        let inside = (first..).zip(entries).filter(|(index, _)| (from..to).contains(index));
        found.extend(inside.map(|(_, entry)| entry.to_vec()));
    }
    Ok(found)
}

pub(crate) fn of(tenant: &TenantId) -> impl FnOnce(LogError) -> SealError {
    let tenant = tenant.to_string();
    move |source| SealError::Log { tenant, source }
}
