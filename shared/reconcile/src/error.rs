//! What can go wrong between evidence and findings.

/// Why evidence could not be staged or a query not be answered.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// SQLite failed.
    #[error("the staging database failed: {0}")]
    Database(#[from] rusqlite::Error),
}
