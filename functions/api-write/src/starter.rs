//! Who does what was asked for.

use api::{ProblemKind, Refused};
use domain::{CollectionRequest, Failure, ReportRequest, TenantId};

/// Starts things, and does not wait for their end.
pub trait Starter: Clone + Send + Sync + 'static {
    /// Whether anything is done for this tenant here; asked before anything is recorded.
    fn accepts(&self, tenant: &TenantId) -> Result<(), StartError>;

    /// Starts the pipeline of a report, which records the run unless somebody did. The same run again, under way or finished, is no second one.
    fn report(&self, request: &ReportRequest) -> impl Future<Output = Result<(), StartError>> + Send;

    /// Starts a collection. The same one again collects nothing twice: a slot is filled once.
    fn collection(&self, request: &CollectionRequest) -> impl Future<Output = Result<(), StartError>> + Send;
}

/// Why something was not started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// Whoever does it does not answer, or has too much to do. Whether it was started is not known: ask again.
    #[error("it could not be started now: {0}")]
    Unavailable(String),
    /// Whoever does it does not do this.
    #[error("{0}")]
    Refused(String),
}

impl From<StartError> for Refused {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Refused(reason) => Refused::new(ProblemKind::InvalidInput, reason),
            StartError::Unavailable(reason) => {
                let told = Refused::new(ProblemKind::Unavailable, "it could not be started now; ask again in a moment");
                Refused { problem: told.problem.with_failure(Failure::Interrupted), cause: None }.because(reason)
            }
        }
    }
}
