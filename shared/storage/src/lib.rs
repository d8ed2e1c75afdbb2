#![doc = include_str!("../README.md")]

#[cfg(feature = "aws")]
mod aws;
mod custodian;
mod error;
mod fault;
mod key;
mod locker;
mod presence;
mod table;

#[cfg(feature = "aws")]
pub use aws::AwsStores;
pub use custodian::{Begun, Custodian, Lease, LogHead, StoredEdge, Submitted, Waiting};
pub use domain::ArtifactKey;
pub use error::StorageError;
pub use fault::{Fault, FaultHook, Operation};
pub use key::RecordKey;
pub use locker::{Content, Lock, Locker, Run, Spool};
pub use presence::Presence;
pub use table::{MOST_WRITES, Page, Record, Table, Write};

use std::path::Path;

/// A Locker, a Table and a Custodian over them: everything a function needs to keep things.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Immutable objects.
    pub locker: Locker,
    /// Records.
    pub table: Table,
    /// Evidence, runs and reports, over the two.
    pub custodian: Custodian,
    /// Who is alive, so that what a dead process had begun can be taken over at once.
    pub presence: Presence,
}

impl Storage {
    /// Opens the embedded variant in `directory`, making what is missing. Many processes may have it open at once.
    pub fn embedded(directory: &Path) -> Result<Self, StorageError> {
        Self::embedded_with_faults(directory, FaultHook::none())
    }

    /// Opens the embedded variant that has to be in `directory` already. Nothing is made: a store that was lost is not an empty
    /// one.
    pub fn embedded_existing(directory: &Path) -> Result<Self, StorageError> {
        let records = directory.join("records.db");
        match std::fs::metadata(&records) {
            Ok(found) if found.len() > 0 => Self::embedded(directory),
            _ => Err(StorageError::NotFound { key: format!("{} with anything in it", records.display()) }),
        }
    }

    /// The embedded variant with faults injected, for tests.
    pub fn embedded_with_faults(directory: &Path, hook: FaultHook) -> Result<Self, StorageError> {
        let table = Table::embedded(directory, hook.clone())?;
        let locker = Locker::embedded(directory, hook)?;
        let presence = Presence::announce(directory)?;
        presence.sweep();
        let custodian = Custodian::new(table.clone(), presence.clone());
        Ok(Self { locker, table, custodian, presence })
    }

    /// The variant on S3 and DynamoDB. Asks nothing: what is wrong with the stores is said by the first call that needs them.
    #[cfg(feature = "aws")]
    pub fn aws(stores: AwsStores, hook: FaultHook) -> Self {
        let table = Table::aws(&stores, hook.clone());
        let locker = Locker::aws(&stores, hook);
        let presence = Presence::unannounced(stores.owner);
        let custodian = Custodian::new(table.clone(), presence.clone());
        Self { locker, table, custodian, presence }
    }
}
