//! Why no findings were made.

use catalog::Problems;
use domain::{Failure, canonical::CanonicalError};
use reconcile::ReconcileError;
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
    /// Something of the snapshot is not in the catalog it was taken by.
    #[error("the snapshot names {0}, which its catalog does not have")]
    NotInCatalog(String),
    /// An object that is there and is not what it should be.
    #[error("{what} cannot be read: {reason}")]
    Unreadable {
        /// The object.
        what: String,
        /// Why not.
        reason: String,
    },
    /// Staging or a query.
    #[error("{what}: {source}")]
    Reconcile {
        /// The evidence or control.
        what: String,
        /// What was wrong.
        source: Box<ReconcileError>,
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
    pub(crate) fn reconcile(what: impl ToString) -> impl FnOnce(ReconcileError) -> Self {
        let what = what.to_string();
        move |source| TransformError::Reconcile { what, source: Box::new(source) }
    }

    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            TransformError::Storage(error) => error.failure(),
            TransformError::Scratch(_) => Failure::StorageUnavailable,
            TransformError::Unreadable { .. } | TransformError::Catalog(_) => Failure::IntegrityMismatch,
            TransformError::Step(_)
            | TransformError::NotInCatalog(_)
            | TransformError::Reconcile { .. }
            | TransformError::Canonical(_) => Failure::InvalidInput,
        }
    }
}
