//! Handing over from one key to the next.

use crate::{SealError, Sealed, Settled, Signer, reading::of, seal};
use custody_log::{SignedCheckpoint, Trust};
use domain::{Actor, RetentionClass, TenantId, Timestamp};
use storage::{ArtifactKey, Content, Storage};

/// Records that `to` signs from now on, seals with both keys, and keeps the checkpoint that both signed: whoever trusts the one can trust the
/// other by it. Again, after a crash, is no second handing over. Gives that checkpoint.
pub async fn rotate(
    storage: &Storage,
    tenant: &TenantId,
    actor: &Actor,
    keys: (&Signer, &Signer),
    now: Timestamp,
) -> Result<Vec<u8>, SealError> {
    hand_over(storage, tenant, actor, keys, Settled::HERE, now).await?;
    let published = storage.custodian.checkpoint(tenant).await?;
    published.map(|(_, note)| note).ok_or_else(|| SealError::Key("nothing was published".to_owned()))
}

/// The same where events settle first: to be called again and again while the keys are handed over. The first calls may come before the
/// event that tells of it is in the log. Each checkpoint that both sign is kept.
pub async fn hand_over(
    storage: &Storage,
    tenant: &TenantId,
    actor: &Actor,
    (from, to): (&Signer, &Signer),
    settled: Settled,
    now: Timestamp,
) -> Result<Sealed, SealError> {
    storage.custodian.rotate_key(tenant, actor, Some(&from.key().to_string()), &to.key().to_string(), now).await?;
    let both = [from.clone(), to.clone()];
    let sealed = seal(storage, tenant, actor, &both, settled, now).await?;
    let Some((_, note)) = storage.custodian.checkpoint(tenant).await? else { return Ok(sealed) };
    let signed = SignedCheckpoint::read(&note).map_err(of(tenant))?;
    // Somebody who has one of the keys alone may have gone on meanwhile: what is kept under this name is what both signed.
    if !both.iter().all(|signer| signed.open(&Trust { keys: vec![signer.key()], witnesses: Vec::new() }).is_ok()) {
        return Ok(sealed);
    }
    let key = ArtifactKey::log_checkpoint(tenant, signed.claim().size);
    let retain_until = RetentionClass::OF_REPORTS.retain_until_month_ends(now);
    storage.locker.deposit(&key, Content::Memory(&note), retain_until).await?;
    Ok(sealed)
}
