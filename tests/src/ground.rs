//! Stores for a test: the same test runs on the embedded variant and on AWS, or what stands in for it.

#[cfg(feature = "aws")]
mod aws;

#[cfg(feature = "aws")]
pub use aws::{AwsGround, Calls};

use domain::TenantId;
use std::{
    hash::{BuildHasher as _, RandomState},
    path::Path,
    sync::Arc,
};
use storage::{FaultHook, Storage};
use tempfile::TempDir;

/// Stores, and a tenant of them that nobody else has: tests and earlier runs may share a bucket.
#[derive(Clone)]
pub struct Ground {
    /// The tenant.
    pub tenant: TenantId,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Folder(Arc<TempDir>),
    #[cfg(feature = "aws")]
    Aws(Arc<AwsGround>),
}

impl Ground {
    /// The embedded variant in a folder that goes with it.
    pub fn embedded() -> Self {
        Self { tenant: new_tenant(), place: Place::Folder(Arc::new(tempfile::tempdir().unwrap())) }
    }

    /// AWS, or what the environment names in its place. None when it names nothing, with a line that says so.
    #[cfg(feature = "aws")]
    pub async fn aws() -> Option<Self> {
        let ground = AwsGround::from_environment().await?;
        Some(Self { tenant: new_tenant(), place: Place::Aws(Arc::new(ground)) })
    }

    /// The same stores, for a tenant that has nothing there yet.
    pub fn of_another_tenant(&self) -> Self {
        Self { tenant: new_tenant(), ..self.clone() }
    }

    /// Opens the stores.
    pub fn open(&self) -> Storage {
        self.open_with_faults(FaultHook::none())
    }

    /// Opens the stores with faults injected.
    pub fn open_with_faults(&self, hook: FaultHook) -> Storage {
        match &self.place {
            Place::Folder(folder) => Storage::embedded_with_faults(folder.path(), hook).unwrap(),
            #[cfg(feature = "aws")]
            Place::Aws(ground) => ground.open("tests", hook),
        }
    }

    /// Whether the stores are this emulator. See `AwsGround::is`.
    pub fn is(&self, emulator: &str) -> bool {
        match &self.place {
            Place::Folder(_) => emulator == "embedded",
            #[cfg(feature = "aws")]
            Place::Aws(ground) => ground.is(emulator),
        }
    }

    /// The folder of the embedded variant.
    pub fn folder(&self) -> &Path {
        match &self.place {
            Place::Folder(folder) => folder.path(),
            #[cfg(feature = "aws")]
            Place::Aws(_) => panic!("AWS has no folder"),
        }
    }

    /// The clients and names of the AWS variant.
    #[cfg(feature = "aws")]
    pub fn stores(&self) -> &AwsGround {
        match &self.place {
            Place::Folder(_) => panic!("a folder has no clients"),
            Place::Aws(ground) => ground,
        }
    }
}

fn new_tenant() -> TenantId {
    TenantId::new(format!("t{:016x}", RandomState::new().hash_one(0))).unwrap()
}
