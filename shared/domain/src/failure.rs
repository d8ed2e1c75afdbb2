//! The names of failures that an orchestrator acts on (DESIGN, section 7).

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of failure it was, by what has to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Failure {
    /// The source did not answer, or not now: retry with backoff.
    SourceUnavailable,
    /// The store did not answer: retry with backoff.
    StorageUnavailable,
    /// The source refuses this identity: never retry.
    SourceDenied,
    /// What was given cannot be used as it is: never retry.
    InvalidInput,
    /// Two different things claim one place: never retry, alarm.
    CustodyConflict,
    /// Bytes are not what their digest says: never retry, alarm.
    IntegrityMismatch,
}

impl Failure {
    /// Every name, for the tests that hold the state machine and the code together.
    pub const ALL: [Failure; 6] = [
        Failure::SourceUnavailable,
        Failure::StorageUnavailable,
        Failure::SourceDenied,
        Failure::InvalidInput,
        Failure::CustodyConflict,
        Failure::IntegrityMismatch,
    ];

    /// Whether trying the same again later can succeed.
    pub fn is_retryable(self) -> bool {
        matches!(self, Failure::SourceUnavailable | Failure::StorageUnavailable)
    }

    /// The name as the state machine spells it.
    pub fn name(self) -> &'static str {
        match self {
            Failure::SourceUnavailable => "SourceUnavailable",
            Failure::StorageUnavailable => "StorageUnavailable",
            Failure::SourceDenied => "SourceDenied",
            Failure::InvalidInput => "InvalidInput",
            Failure::CustodyConflict => "CustodyConflict",
            Failure::IntegrityMismatch => "IntegrityMismatch",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
