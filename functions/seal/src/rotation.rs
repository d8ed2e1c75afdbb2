//! Handing over from one key to the next.

use crate::{SealError, Settled, Signer, reading::of, seal};
use custody_log::SignedCheckpoint;
use domain::{Actor, RetentionClass, TenantId, Timestamp};
use storage::{ArtifactKey, Content, Storage};

/// Records that `to` signs from now on, seals with both keys, and keeps the checkpoint that both signed: whoever trusts the one can trust the
/// other by it. Again, after a crash, is no second handing over. Gives that checkpoint.
pub async fn rotate(
    storage: &Storage,
    tenant: &TenantId,
    actor: &Actor,
    (from, to): (&Signer, &Signer),
    now: Timestamp,
) -> Result<Vec<u8>, SealError> {
    storage.custodian.rotate_key(tenant, actor, Some(&from.key().to_string()), &to.key().to_string(), now).await?;
    let both = [from.clone(), to.clone()];
    seal(storage, tenant, actor, &both, Settled::HERE, now).await?;
    let Some((_, note)) = storage.custodian.checkpoint(tenant).await? else {
        return Err(SealError::Key("nothing was published".to_owned()));
    };
    let signed = SignedCheckpoint::read(&note).map_err(of(tenant))?;
    let key = ArtifactKey::log_checkpoint(tenant, signed.claim().size);
    let retain_until = RetentionClass::OF_REPORTS.retain_until_month_ends(now);
    storage.locker.deposit(&key, Content::Memory(&note), retain_until).await?;
    Ok(note)
}
