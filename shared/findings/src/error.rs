//! Why no findings were made.

use domain::canonical::CanonicalError;
use reconcile::ReconcileError;

/// Why no findings were made.
#[derive(Debug, thiserror::Error)]
pub enum FindingsError {
    /// Something of the snapshot is not in the catalog it was taken by.
    #[error("the snapshot names {0}, which its catalog does not have")]
    NotInCatalog(String),
    /// A document that is not the evidence it was given for.
    #[error("{what} cannot be read: {reason}")]
    Unreadable {
        /// The evidence.
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
    /// The folder of the staging database.
    #[error("the temporary folder: {0}; free some room there and try again")]
    Scratch(#[from] std::io::Error),
}

impl FindingsError {
    pub(crate) fn reconcile(what: impl ToString) -> impl FnOnce(ReconcileError) -> Self {
        let what = what.to_string();
        move |source| FindingsError::Reconcile { what, source: Box::new(source) }
    }
}

/// Why a report was not made again.
#[derive(Debug, thiserror::Error)]
pub enum RemakeError<E> {
    /// A document could not be had.
    #[error(transparent)]
    Document(E),
    /// The findings.
    #[error(transparent)]
    Findings(#[from] FindingsError),
}
