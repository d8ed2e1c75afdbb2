//! Why no findings were made.

use catalog::Problems;
use domain::{Failure, canonical::CanonicalError};
use findings::FindingsError;
use storage::StorageError;

/// Why no findings were made.
#[derive(Debug, thiserror::Error)]
pub enum TransformError {
    /// The catalog in the snapshot does not hold together.
    #[error("the catalog of the snapshot: {0}")]
    Catalog(#[from] Problems),
    /// A step that does not say what to do.
    #[error("the input of the step: {0}")]
    Step(String),
    /// Staging, a query, or assembling the report.
    #[error(transparent)]
    Findings(#[from] FindingsError),
    /// A draft that is there and is not what it should be.
    #[error("{what} cannot be read: {reason}")]
    Unreadable {
        /// The draft.
        what: String,
        /// Why not.
        reason: String,
    },
    /// A value without a canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The temporary folder.
    #[error("the temporary folder: {0}; free some room there and try again")]
    Scratch(#[from] std::io::Error),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl TransformError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            TransformError::Storage(error) => error.failure(),
            TransformError::Findings(FindingsError::Scratch(_)) | TransformError::Scratch(_) => {
                Failure::StorageUnavailable
            }
            TransformError::Findings(FindingsError::Unreadable { .. })
            | TransformError::Unreadable { .. }
            | TransformError::Catalog(_) => Failure::IntegrityMismatch,
            TransformError::Findings(
                FindingsError::NotInCatalog(_) | FindingsError::Reconcile { .. } | FindingsError::Canonical(_),
            )
            | TransformError::Step(_)
            | TransformError::Canonical(_) => Failure::InvalidInput,
        }
    }
}
