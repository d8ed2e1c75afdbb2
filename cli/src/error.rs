//! Why a command did not do what was asked.

use crate::remote::RemoteError;
use catalog::Problems;
use domain::{Failure, PeriodError};
use reconcile::ReconcileError;
use render::RenderStepError;
use runtime::ConfigurationError;
use seal::SealError;
use snapshot::SnapshotError;
use std::path::PathBuf;
use storage::StorageError;
use transform::TransformError;
use upload::UploadError;
use verify::{VerifyError, download::FolderError};

/// What a script learns from a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All is well.
    Done = 0,
    /// Something does not hold.
    DoesNotHold = 1,
    /// The input cannot be used.
    InvalidInput = 2,
    /// A source or the store did not answer: the same command may succeed later.
    TryAgain = 3,
}

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// What was given cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// The data directory's configuration.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The catalog.
    #[error("the catalog cannot be used:\n{0}")]
    Catalog(#[from] Problems),
    /// A period.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// A file of the user.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A question to the staging tables.
    #[error(transparent)]
    Question(#[from] ReconcileError),
    /// A step of a report.
    #[error("Snapshot: {0}")]
    Snapshot(#[from] SnapshotError),
    /// A step of a report.
    #[error("Transform: {0}")]
    Transform(#[from] TransformError),
    /// A step of a report.
    #[error("Render: {0}")]
    Render(#[from] RenderStepError),
    /// A step of a report.
    #[error("Upload: {0}")]
    Upload(#[from] UploadError),
    /// A step of a report.
    #[error("Verify: {0}")]
    Verify(#[from] VerifyError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The log.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A downloaded report.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Something that was received is not what it has to be.
    #[error("{0}")]
    DoesNotHold(String),
    /// A deployed Exhibit.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The work panicked.
    #[error("it was broken off: {0}")]
    Interrupted(String),
    /// The answer as JSON.
    #[error("the answer has no JSON form: {0}")]
    Answer(#[from] serde_json::Error),
}

impl CommandError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            CommandError::Snapshot(error) => error.failure(),
            CommandError::Transform(error) => error.failure(),
            CommandError::Render(error) => error.failure(),
            CommandError::Upload(error) => error.failure(),
            CommandError::Verify(error) => error.failure(),
            CommandError::Storage(error) => error.failure(),
            CommandError::Seal(error) => error.failure(),
            CommandError::Remote(error) => error.failure(),
            CommandError::Interrupted(_) => Failure::Interrupted,
            CommandError::Folder(error) => error.failure(),
            CommandError::DoesNotHold(_) => Failure::IntegrityMismatch,
            CommandError::Invalid(_)
            | CommandError::Configuration(_)
            | CommandError::Catalog(_)
            | CommandError::Period(_)
            | CommandError::File { .. }
            | CommandError::Question(_)
            | CommandError::Answer(_) => Failure::InvalidInput,
        }
    }

    /// What a script learns.
    pub fn exit_code(&self) -> ExitCode {
        match self.failure() {
            Failure::InvalidInput | Failure::SourceDenied => ExitCode::InvalidInput,
            Failure::SourceUnavailable | Failure::StorageUnavailable | Failure::Interrupted => ExitCode::TryAgain,
            Failure::CustodyConflict | Failure::IntegrityMismatch => ExitCode::DoesNotHold,
        }
    }

    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| CommandError::File { path, source }
    }
}
