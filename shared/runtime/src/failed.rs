//! Why an invocation failed, as an orchestrator is told.

use domain::Failure;
use std::fmt;

/// Why an invocation failed: a name to act on, and for people what was wrong with which input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failure}: {message}")]
pub struct Failed {
    /// The name.
    pub failure: Failure,
    /// What was wrong. Never the content of evidence, and no credentials.
    pub message: String,
}

impl Failed {
    /// A failure with what its error says.
    pub fn new(failure: Failure, error: impl fmt::Display) -> Self {
        Self { failure, message: error.to_string() }
    }

    /// An input that cannot be used as it is.
    pub fn input(error: impl fmt::Display) -> Self {
        Self::new(Failure::InvalidInput, error)
    }
}
