//! What every variant of the storage contracts has to guarantee (DESIGN, section 6).
//!
//! Each case of `locker`, `table`, `custodian` and `faults` runs on the embedded variant and, with the feature `aws`, on
//! whatever stores the environment names. What only one of them can show is in `embedded` and in `object_lock`.

#![cfg(test)]

mod custodian;
mod documents;
mod embedded;
mod faults;
mod locker;
#[cfg(feature = "aws")]
mod object_lock;
#[cfg(feature = "aws")]
mod refusals;
mod roles;
mod table;

use domain::{Digest, TenantId, Timestamp};
use storage::{ArtifactKey, RecordKey};
use tests::Ground;

/// Makes a test of each case for each variant.
macro_rules! on_every_variant {
    ($($case:ident)*) => {
        mod on_embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(&tests::Ground::embedded()).await;
            })*
        }
        #[cfg(feature = "aws")]
        mod on_aws {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                if let Some(ground) = tests::Ground::aws().await {
                    super::$case(&ground).await;
                }
            })*
        }
    };
}
pub(crate) use on_every_variant;

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn later() -> Timestamp {
    instant("2033-01-01T00:00:00Z")
}

fn key(ground: &Ground, content: &[u8]) -> ArtifactKey {
    ArtifactKey::catalog(&ground.tenant, Digest::of(content))
}

fn runs(tenant: &TenantId) -> String {
    RecordKey::runs_of(tenant)
}

fn record(ground: &Ground, sort: &str) -> RecordKey {
    RecordKey { partition: runs(&ground.tenant), sort: sort.into() }
}

/// Those of `names` that are of this tenant: others may be at the same store.
fn ours(ground: &Ground, names: Vec<String>) -> Vec<String> {
    names.into_iter().filter(|name| name.starts_with(&format!("{}/", ground.tenant))).collect()
}
