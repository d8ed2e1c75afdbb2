//! Links: each one recorded before it is handed out.

use crate::Reading;
use api::{Identity, Link, LinkContent, Refused};
use domain::{ArtifactReference, Timestamp};
use jiff::SignedDuration;
use runtime::random_token;
use std::{fmt, sync::Arc, time::Duration};
use storage::StorageError;

/// How long a link works.
pub const LINK_MINUTES: u64 = 15;

/// How links are made.
#[derive(Clone)]
pub enum Links {
    /// The store gives them: addresses that it has signed itself.
    OfStore,
    /// The server gives them: the address of one object, under this name for the downloaded file, until then.
    OfServer(Arc<MakeLink>),
}

/// Makes the address of one object under a name, until an instant.
pub type MakeLink = dyn Fn(&ArtifactReference, &str, Timestamp) -> String + Send + Sync;

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Links::OfStore => "OfStore",
            Links::OfServer(_) => "OfServer",
        })
    }
}

/// Hands out a link to `artifact`. There is no link without its event: when the event cannot be recorded, nothing is handed out.
pub(crate) async fn hand_out(
    reading: &Reading,
    identity: &Identity,
    content: LinkContent,
    name: String,
    artifact: &ArtifactReference,
) -> Result<Link, Refused> {
    let now = reading.clock.now();
    let custodian = &reading.storage.custodian;
    custodian.hand_out(&identity.tenant, &identity.subject, artifact, &random_token(), now).await?;
    let expires_at = now.checked_add(SignedDuration::from_mins(LINK_MINUTES as i64)).unwrap_or(now);
    let url = address(reading, artifact, &name, expires_at).await?;
    let ArtifactReference { key, version, digest, length } = artifact.clone();
    Ok(Link { content, name, key, version, digest, length, url, expires_at })
}

async fn address(
    reading: &Reading,
    artifact: &ArtifactReference,
    name: &str,
    expires_at: Timestamp,
) -> Result<String, StorageError> {
    match &reading.links {
        Links::OfStore => reading.storage.locker.link(artifact, Duration::from_secs(LINK_MINUTES * 60)).await,
        Links::OfServer(make) => Ok(make(artifact, name, expires_at)),
    }
}
