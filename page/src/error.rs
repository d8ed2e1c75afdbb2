//! Why a report was not made again.

use catalog::Problems;
use domain::{Digest, ReportFormat};
use findings::FindingsError;
use rendering::RenderError;

/// Why a report was not made again.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A file that cannot be read.
    #[error("{name}: {source}")]
    File {
        /// Its name in the report's folder.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is not what its reference says.
    #[error("{name}: its SHA-256 has to be {expected} and is {found}")]
    Digest {
        /// Its name in the report's folder.
        name: String,
        /// The recorded digest.
        expected: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// A file that is not what it has to be.
    #[error("{name} cannot be read: {source}")]
    Json {
        /// Its name in the report's folder.
        name: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The catalog of the snapshot.
    #[error("the catalog of the snapshot: {0}")]
    Catalog(#[from] Problems),
    /// The findings.
    #[error(transparent)]
    Findings(#[from] FindingsError),
    /// The templates of the catalog.
    #[error("the templates of the catalog: {0}")]
    Templates(RenderError),
    /// A format.
    #[error("{format}: {source}")]
    Render {
        /// The format.
        format: ReportFormat,
        /// What was wrong.
        source: RenderError,
    },
}
