//! What can go wrong in a store.

use domain::{Digest, Failure};

/// Why a store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The store did not answer, or not in time. Whether it did what was asked is not known: ask again.
    #[error("the store did not answer {operation}: {reason}; try again")]
    Unavailable {
        /// What was asked.
        operation: String,
        /// What the store or the system said.
        reason: String,
    },
    /// The condition of a write did not hold: somebody else was first.
    #[error("{key} is not as it was expected to be: somebody else wrote it first")]
    Changed {
        /// The record.
        key: String,
    },
    /// There is no such object or record.
    #[error("there is no {key}")]
    NotFound {
        /// The object or record.
        key: String,
    },
    /// The bytes are not what they have to be.
    #[error("{key} is not what was kept: its SHA-256 has to be {expected} and is {found}")]
    Mismatch {
        /// The object or record.
        key: String,
        /// The digest that was recorded.
        expected: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// A record that is there and cannot be read.
    #[error("the record {key} cannot be read: {reason}")]
    Unreadable {
        /// The record.
        key: String,
        /// Why not.
        reason: String,
    },
    /// Two different things claim one place.
    #[error("{key} is taken by something else: {reason}")]
    Conflict {
        /// The object or record.
        key: String,
        /// What differs.
        reason: String,
    },
    /// A lock forbids it.
    #[error("{key} is locked: {reason}")]
    Locked {
        /// The object.
        key: String,
        /// Which lock.
        reason: String,
    },
    /// The identity that asks may not do this.
    #[error(
        "the store denies {operation} on {resource} ({reason}); grant it to the identity this runs as, or use another"
    )]
    Denied {
        /// The permission that is needed: `s3:PutObject`.
        operation: String,
        /// The object, bucket or table.
        resource: String,
        /// What the store said.
        reason: String,
    },
    /// The store cannot do this as it was asked, whoever asks: the configuration names what is not there, or a limit is passed.
    #[error(
        "the store cannot do {operation} on {resource} ({reason}); correct the configuration or what is to be kept"
    )]
    Refused {
        /// What was asked.
        operation: String,
        /// The object, bucket or table.
        resource: String,
        /// What the store said.
        reason: String,
    },
}

impl StorageError {
    pub(crate) fn unavailable(operation: &str, reason: impl ToString) -> Self {
        Self::Unavailable { operation: operation.to_owned(), reason: reason.to_string() }
    }

    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            StorageError::Unavailable { .. } => Failure::StorageUnavailable,
            StorageError::NotFound { .. } | StorageError::Mismatch { .. } | StorageError::Unreadable { .. } => {
                Failure::IntegrityMismatch
            }
            StorageError::Changed { .. } | StorageError::Conflict { .. } | StorageError::Locked { .. } => {
                Failure::CustodyConflict
            }
            StorageError::Denied { .. } => Failure::SourceDenied,
            StorageError::Refused { .. } => Failure::InvalidInput,
        }
    }
}
