//! Schedules: EventBridge cron expressions in UTC.

use domain::Timestamp;
use std::str::FromStr;

/// When something is collected: an EventBridge cron expression, `cron(0 3 * * ? *)`, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    text: String,
}

/// Text that is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a schedule: {why}")]
pub struct ScheduleError {
    text: String,
    why: String,
}

impl Schedule {
    /// The first minute after `instant` that matches, if there is one before the year 2200.
    pub fn next_after(&self, _instant: Timestamp) -> Option<Timestamp> {
        None
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        Ok(Self { text: text.to_owned() })
    }
}
