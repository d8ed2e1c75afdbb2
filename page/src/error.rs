//! Why there is no verdict.

use bundle::{ArchiveError, FileError};
use custody_log::LogError;

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Something that cannot be opened.
    #[error("{name} cannot be read: {source}")]
    File {
        /// Its name.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is no bundle.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A folder whose files cannot be listed.
    #[error("the files of the folder cannot be listed: {0}")]
    Files(#[from] FileError),
    /// A key that is none.
    #[error("{key:?} is no key: {source}")]
    Key {
        /// What was given.
        key: String,
        /// What is wrong with it.
        source: LogError,
    },
}
