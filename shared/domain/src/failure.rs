//! The names of failures that an orchestrator acts on (DESIGN, section 7).

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of failure it was, by what has to be done about it. The order is from the one that mends itself to the one that
/// somebody has to look at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Failure {
    /// The source did not answer, or not now: retry with backoff.
    SourceUnavailable,
    /// The store did not answer: retry with backoff.
    StorageUnavailable,
    /// The step was ended from outside: timeout, out of memory, crash. Retry with backoff.
    Interrupted,
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
    pub const ALL: [Failure; 7] = [
        Failure::SourceUnavailable,
        Failure::StorageUnavailable,
        Failure::Interrupted,
        Failure::SourceDenied,
        Failure::InvalidInput,
        Failure::CustodyConflict,
        Failure::IntegrityMismatch,
    ];

    /// Whether trying the same again later can succeed.
    pub fn is_retryable(self) -> bool {
        matches!(self, Failure::SourceUnavailable | Failure::StorageUnavailable | Failure::Interrupted)
    }

    /// The failure of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.name() == name)
    }

    /// The name as the state machine spells it.
    pub fn name(self) -> &'static str {
        match self {
            Failure::SourceUnavailable => "SourceUnavailable",
            Failure::StorageUnavailable => "StorageUnavailable",
            Failure::Interrupted => "Interrupted",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_known_by_its_name_and_what_mends_itself_is_the_milder() {
        for failure in Failure::ALL {
            assert_eq!(Failure::named(failure.name()), Some(failure));
            assert_eq!(serde_json::to_value(failure).unwrap(), failure.name());
        }
        assert_eq!(Failure::named("States.Timeout"), None);
        assert!(Failure::ALL.is_sorted());
        assert!(Failure::ALL.is_sorted_by_key(|failure| !failure.is_retryable()));
    }
}
