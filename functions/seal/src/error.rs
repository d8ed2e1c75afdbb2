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
    /// Whoever holds the key did not sign.
    #[error("the key {key} did not sign: {reason}")]
    Unsigned {
        /// The key.
        key: String,
        /// What was said.
        reason: String,
        /// The name of it: whether it may pass.
        failure: Failure,
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
            SealError::Unsigned { failure, .. } => *failure,
            SealError::Storage(error) => error.failure(),
        }
    }
}
