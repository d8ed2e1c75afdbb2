//! Declared columns as keyed hashes: between what a collector wrote and what is kept.

use crate::{CollectError, Fetched, Order, Secrets, on_a_thread};
use domain::{
    SecretName,
    evidence::{NotHexadecimal, ReadError, Redaction, RedactionKey, redact},
};
use std::io::{self, BufReader, Seek as _};
use storage::Spool;

/// The secret that every tenant's salts come from: 64 hexadecimal digits.
pub const REDACTION_SECRET: &str = "redaction";

/// How what `order` asks for is redacted; not at all where its query declares nothing of the kind.
pub(crate) async fn redaction(order: &Order, secrets: &Secrets) -> Result<Redaction, CollectError> {
    if order.query.columns.iter().all(|declared| declared.redact.is_none()) {
        return Ok(Redaction::default());
    }
    let key = redaction_key(secrets).await?;
    let salt_names = order.query.columns.iter().map(|declared| declared.redact.as_deref());
    Ok(Redaction::new(&key, &order.slot.tenant, salt_names))
}

/// The key of redaction.
pub async fn redaction_key(secrets: &Secrets) -> Result<RedactionKey, CollectError> {
    let unusable = |name: &SecretName, error: NotHexadecimal| {
        let reason = format!("{error}: make it once with openssl rand -hex 32, and keep it");
        CollectError::Secret { name: name.clone(), reason }
    };
    let name: SecretName = REDACTION_SECRET
        .parse()
        .map_err(|error| CollectError::Source { reason: format!("{REDACTION_SECRET}: {error}") })?;
    let secret = secrets.get(&name).await?;
    RedactionKey::from_hexadecimal(secret.expose()).map_err(|error| unusable(&name, error))
}

/// What was fetched, redacted in another spool. What was fetched is gone afterwards.
pub(crate) async fn redacted(fetched: Fetched, spool: Spool, redaction: Redaction) -> Result<Fetched, CollectError> {
    on_a_thread(move || {
        // Its name is gone: it is read through the file that it was written through.
        let mut plain = fetched.spool.as_file();
        plain.rewind().map_err(CollectError::Output)?;
        Fetched::written(spool, |out| {
            redact(BufReader::with_capacity(Fetched::PIECE, plain), out, redaction).map_err(unwritten)
        })
    })
    .await
}

// What was just written can be read; what cannot is the disk's fault.
fn unwritten(error: ReadError) -> CollectError {
    CollectError::Output(io::Error::other(error))
}
