//! Why the rules were not made equal to the catalog.

use domain::{ControlId, Failure, PeriodError};
use storage::StorageError;

/// Why the rules were not made equal to the catalog.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The prefix of the rules is none.
    #[error(
        "the rule prefix {0:?} cannot be used: write 1 to 48 of A-Z, a-z, 0-9 and . - _, as exhibit-dev- \
         (EXHIBIT_RULE_PREFIX)"
    )]
    Prefix(String),
    /// EventBridge takes no name as long as this.
    #[error(
        "the control {control} needs the rule {name}, which is {length} characters long and may have 64: shorten the \
         control's id or the rule prefix"
    )]
    NameTooLong {
        /// The control.
        control: ControlId,
        /// Its rule's name.
        name: String,
        /// How long that is, in characters.
        length: usize,
    },
    /// EventBridge takes no input as long as this.
    #[error(
        "the input of the control {control}'s rule is {length} characters long and may have 8192: name fewer tenants, or \
         none for all"
    )]
    InputTooLong {
        /// The control.
        control: ControlId,
        /// How long its input is, in characters.
        length: usize,
    },
    /// A control asks a source of a kind that nothing collects here.
    #[error(
        "the control {control} asks a source with the collector {collector:?}, and this deployment has no such function: take the \
         source out of scope.toml"
    )]
    NoCollector {
        /// The control.
        control: ControlId,
        /// The collector, as the catalog names it.
        collector: String,
    },
    /// A rule of somebody else stands where ours has to be.
    #[error(
        "the rule {name} is there and not one of ours (its description does not begin with {mark:?}): remove it, or use \
         another rule prefix"
    )]
    Foreign {
        /// The rule's name.
        name: String,
        /// How the description of ours begins.
        mark: String,
    },
    /// The input of a rule has no JSON form.
    #[error("the input of a rule has no JSON form: {0}")]
    Input(#[from] serde_json::Error),
    /// A period outside the calendar.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// EventBridge did not do what was asked, and may do it later.
    #[error("EventBridge did not answer {operation}: {reason}; the next run goes on where this one ended")]
    Unavailable {
        /// What was asked.
        operation: String,
        /// What it said.
        reason: String,
    },
    /// EventBridge refuses it.
    #[error("EventBridge refused {operation}: {reason}")]
    Refused {
        /// What was asked.
        operation: String,
        /// What it said.
        reason: String,
        /// Whether it is this identity that it refuses.
        denied: bool,
    },
}

impl ScheduleError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            ScheduleError::Storage(error) => error.failure(),
            ScheduleError::Unavailable { .. } => Failure::SourceUnavailable,
            ScheduleError::Refused { denied: true, .. } => Failure::SourceDenied,
            ScheduleError::Foreign { .. } => Failure::CustodyConflict,
            ScheduleError::Prefix(_)
            | ScheduleError::NameTooLong { .. }
            | ScheduleError::InputTooLong { .. }
            | ScheduleError::NoCollector { .. }
            | ScheduleError::Input(_)
            | ScheduleError::Period(_)
            | ScheduleError::Refused { denied: false, .. } => Failure::InvalidInput,
        }
    }
}
