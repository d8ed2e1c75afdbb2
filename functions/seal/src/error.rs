//! Why a log was not sealed.

use custody_log::LogError;
use domain::Failure;
use storage::StorageError;

/// Why a log was not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// What is stored does not fit together.
    #[error("the log of {tenant}: {source}")]
    Log {
        /// Whose.
        tenant: String,
        /// What is wrong.
        source: LogError,
    },
    /// The key.
    #[error("the key of the log: {0}")]
    Key(String),
    /// Whoever holds the key did not answer.
    #[error("the key {key} did not sign: {reason}; try again")]
    Unsigned {
        /// The key.
        key: String,
        /// What was said.
        reason: String,
    },
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl SealError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            SealError::Log { .. } => Failure::IntegrityMismatch,
            SealError::Key(_) => Failure::InvalidInput,
            SealError::Unsigned { .. } => Failure::StorageUnavailable,
            SealError::Storage(error) => error.failure(),
        }
    }
}
