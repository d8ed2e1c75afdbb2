//! What can be wrong with a document or a decision.

use domain::{Failure, SourceId};
use storage::StorageError;

/// Why a document was not taken, or a decision not made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// There is no source of that name to which documents are handed in.
    #[error("documents cannot be handed in for {source_id}: {reason}")]
    Source {
        /// The source.
        source_id: SourceId,
        /// Why not, and what to do.
        reason: String,
    },
    /// The document, or what is said of it, cannot be taken.
    #[error("it cannot be taken: {0}")]
    Content(String),
    /// There is no such version of a document.
    #[error("there is no version {version} of {source_id}/{document}")]
    Absent {
        /// The source.
        source_id: SourceId,
        /// The document.
        document: domain::DocumentName,
        /// The version.
        version: u32,
    },
    /// Whoever decides may not, or it is decided.
    #[error("version {version} of {document} stays as it is: {reason}")]
    Decided {
        /// The document.
        document: domain::DocumentName,
        /// The version.
        version: u32,
        /// Why, and what to do.
        reason: String,
    },
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl DocumentError {
    /// What an orchestrator does about it.
    pub fn failure(&self) -> Failure {
        match self {
            DocumentError::Storage(error) => error.failure(),
            _ => Failure::InvalidInput,
        }
    }
}
