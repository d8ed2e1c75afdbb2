//! Immutable objects: written once under a lock, read with their digest checked.

#[cfg(feature = "aws")]
mod aws;
mod embedded;

use crate::{ArtifactKey, FaultHook, RecordKey, StorageError, Table, fault::boxed};
use domain::{ArtifactReference, Digest, ReportRequest, RunId, TenantId, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{path::Path, time::Duration};

/// A file that a large object is written to before it is deposited; gone when dropped.
pub type Spool = tempfile::NamedTempFile;

/// The bytes of an object to deposit.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// In memory.
    Memory(&'a [u8]),
    /// Written to a spool of this Locker, flushed, with its digest and length known.
    Spooled {
        /// The file.
        spool: &'a Spool,
        /// The SHA-256 of its bytes.
        digest: Digest,
        /// Its length in bytes.
        length: u64,
    },
}

/// Whose working bytes.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// The run.
    pub run_id: &'a RunId,
}

impl<'a> From<&'a ReportRequest> for Run<'a> {
    fn from(request: &'a ReportRequest) -> Self {
        Run { tenant: &request.tenant, run_id: &request.run_id }
    }
}

/// What keeps an object from being removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The object.
    pub artifact: ArtifactReference,
    /// Until when nobody can remove it.
    pub retain_until: Timestamp,
    /// Whether a legal hold lies on it, which has no date.
    pub legal_hold: bool,
}

/// The immutable objects of Exhibit. Its guarantees, which every variant gives:
///
/// - `deposit` writes all bytes under the key or none, with lock and checksum; a second deposit of the same bytes answers
///   as the first, one of other bytes is a [`StorageError::Conflict`] and changes nothing.
/// - A deposit that was answered survives the end of the process and of the machine.
/// - `fetch` gives exactly the bytes that were deposited as that version, or an error; never others. Whatever is put over the
///   key later is another version, which no reference names.
/// - A lock is never shortened: `extend` to an earlier instant is [`StorageError::Locked`]. On S3 the store itself refuses to
///   shorten it and to delete the version, whoever asks (Object Lock in compliance mode); a directory cannot.
/// - A lock ends at the instant that was asked for or, where a store counts in whole seconds, in the second after it.
/// - `link` leads to that one version, for at most 15 minutes where links leave the machine.
#[derive(Debug, Clone)]
pub struct Locker {
    variant: Variant,
    hook: FaultHook,
}

#[derive(Debug, Clone)]
enum Variant {
    Embedded(embedded::Directory),
    #[cfg(feature = "aws")]
    Aws(aws::Bucket),
}

/// Asks whichever variant it is.
macro_rules! ask {
    ($locker:expr, $method:ident($($argument:expr),*)) => {
        async {
            match &$locker.variant {
                Variant::Embedded(directory) => directory.$method($($argument),*).await,
                #[cfg(feature = "aws")]
                Variant::Aws(bucket) => bucket.$method($($argument),*).await,
            }
        }
    };
}

impl Locker {
    pub(crate) fn embedded(directory: &Path, hook: FaultHook) -> Result<Self, StorageError> {
        // The locks are records of their own Table without the hook: a fault of the Locker is one fault, not two.
        let locks = Table::embedded(directory, FaultHook::none())?;
        Ok(Self { variant: Variant::Embedded(embedded::Directory::open(directory, locks)?), hook })
    }

    #[cfg(feature = "aws")]
    pub(crate) fn aws(stores: &crate::AwsStores, hook: FaultHook) -> Self {
        Self { variant: Variant::Aws(aws::Bucket::new(stores)), hook }
    }

    /// A spool for a large object.
    pub fn spool(&self) -> Result<Spool, StorageError> {
        match &self.variant {
            Variant::Embedded(directory) => directory.spool(),
            #[cfg(feature = "aws")]
            Variant::Aws(_) => Spool::new().map_err(|error| StorageError::unavailable("locker.spool", error)),
        }
    }

    /// Writes an object once, locked until `retain_until`.
    pub async fn deposit(
        &self,
        key: &ArtifactKey,
        content: Content<'_>,
        retain_until: Timestamp,
    ) -> Result<ArtifactReference, StorageError> {
        self.hook.around("locker.deposit", key.as_str(), ask!(self, deposit(key, content, retain_until))).await
    }

    /// Keeps a copy of an object of another store under its own reference, its version included: for examining on one machine
    /// what is kept on AWS. `bytes` have to be what `artifact` says. Embedded only.
    pub async fn adopt(
        &self,
        artifact: &ArtifactReference,
        bytes: &[u8],
        retain_until: Timestamp,
    ) -> Result<(), StorageError> {
        checked(artifact, bytes)?;
        self.hook.around("locker.adopt", &artifact.key, ask!(self, adopt(artifact, bytes, retain_until))).await
    }

    /// The bytes of an object, checked against its reference.
    pub async fn fetch(&self, artifact: &ArtifactReference) -> Result<Vec<u8>, StorageError> {
        self.hook.around("locker.fetch", &artifact.key, ask!(self, fetch(artifact))).await
    }

    /// The value that an object's JSON is, checked against its reference. [`StorageError::Unreadable`] when it is not one.
    pub async fn read<T: DeserializeOwned>(&self, artifact: &ArtifactReference) -> Result<T, StorageError> {
        let bytes = self.fetch(artifact).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| StorageError::Unreadable { key: artifact.key.clone(), reason: error.to_string() })
    }

    /// An address at which that one version can be downloaded for `valid`, or for 15 minutes when that is shorter. Whoever has it
    /// needs no other permission. Embedded: the file's own address.
    pub async fn link(&self, artifact: &ArtifactReference, valid: Duration) -> Result<String, StorageError> {
        self.hook.around("locker.link", &artifact.key, ask!(self, link(artifact, valid))).await
    }

    /// Lays a legal hold on an object.
    pub async fn hold(&self, artifact: &ArtifactReference) -> Result<(), StorageError> {
        self.hook.around("locker.hold", &artifact.key, ask!(self, set_hold(artifact, true))).await
    }

    /// Lifts the legal hold of an object. Who may decide that is not the Locker's to know.
    pub async fn release(&self, artifact: &ArtifactReference) -> Result<(), StorageError> {
        self.hook.around("locker.release", &artifact.key, ask!(self, set_hold(artifact, false))).await
    }

    /// Locks an object for longer.
    pub async fn extend(&self, artifact: &ArtifactReference, retain_until: Timestamp) -> Result<(), StorageError> {
        self.hook.around("locker.extend", &artifact.key, ask!(self, extend(artifact, retain_until))).await
    }

    /// The lock of an object, if there is one. On S3, of its newest version.
    pub async fn lock_of(&self, key: &str) -> Result<Option<Lock>, StorageError> {
        boxed(ask!(self, lock_of(key))).await
    }

    /// Every object's key, in order: for verifying, which reads everything there is.
    pub async fn keys(&self) -> Result<Vec<String>, StorageError> {
        self.hook.around("locker.keys", "", ask!(self, keys())).await
    }

    /// The names of what is among the objects and is none: links, pipes, files that may be written; on S3, keys with more than
    /// one version, with a delete marker or without a lock.
    pub async fn foreign(&self) -> Result<Vec<String>, StorageError> {
        boxed(ask!(self, foreign())).await
    }

    /// The digest and length of what is under `key` now, whatever was deposited.
    pub async fn measure(&self, key: &str) -> Result<(Digest, u64), StorageError> {
        boxed(ask!(self, measure(key))).await
    }

    /// What is wrong with working bytes that are kept: the names of those that are not what their name says.
    pub async fn damaged_drafts(&self) -> Result<Vec<String>, StorageError> {
        boxed(ask!(self, damaged_drafts())).await
    }

    /// Keeps working bytes of a run under their digest, without a lock: what one step of a report hands to the next. Each run
    /// has its own, so that none takes away what another still needs.
    pub async fn put_draft(&self, run: Run<'_>, content: Content<'_>) -> Result<Digest, StorageError> {
        self.hook.around("locker.put_draft", run.run_id.as_str(), ask!(self, put_draft(run, content))).await
    }

    /// Working bytes, checked against their digest.
    pub async fn read_draft(&self, run: Run<'_>, digest: Digest) -> Result<Vec<u8>, StorageError> {
        self.hook.around("locker.read_draft", &digest.to_string(), ask!(self, read_draft(run, digest))).await
    }

    /// Forgets the working bytes of a run.
    pub async fn remove_drafts(&self, run: Run<'_>) -> Result<(), StorageError> {
        self.hook.around("locker.remove_drafts", run.run_id.as_str(), ask!(self, remove_drafts(run))).await
    }
}

impl Content<'_> {
    fn digest(&self) -> Digest {
        match self {
            Content::Memory(bytes) => Digest::of(bytes),
            Content::Spooled { digest, .. } => *digest,
        }
    }

    fn length(&self) -> u64 {
        match self {
            Content::Memory(bytes) => bytes.len() as u64,
            Content::Spooled { length, .. } => *length,
        }
    }
}

/// What every variant checks before it gives bytes away: digest and length.
fn checked<'a>(artifact: &ArtifactReference, bytes: &'a [u8]) -> Result<&'a [u8], StorageError> {
    let ArtifactReference { key, digest, length, .. } = artifact;
    let (key, found) = (key.clone(), Digest::of(bytes));
    if found != *digest {
        return Err(StorageError::Mismatch { key, expected: *digest, found });
    }
    if bytes.len() as u64 != *length {
        let reason = format!("its reference says that it is {length} bytes long and it is {}", bytes.len());
        return Err(StorageError::Unreadable { key, reason });
    }
    Ok(bytes)
}

// A reference comes out of a record; one that leads out of the store is not ours.
fn is_inside(key: &str) -> bool {
    key.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

impl Lock {
    fn key(&self) -> RecordKey {
        RecordKey::lock(&self.artifact.key)
    }
}
