//! The one clock.

use domain::Timestamp;

/// Where the time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The system's clock.
    System,
    /// One instant: for the demo, whose every byte is the same on every machine and day.
    Fixed(Timestamp),
}

impl Clock {
    /// The time, to the microsecond: enough to order what one process does.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::Fixed(instant) => *instant,
            Clock::System => {
                let now = Timestamp::now();
                now.round(jiff::Unit::Microsecond).unwrap_or(now)
            }
        }
    }
}
