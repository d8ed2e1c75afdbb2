//! How long something has to be kept.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// How long evidence and reports are locked, counted from the moment they are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetentionClass {
    /// One year: operational logs (PCI DSS 4.0.1, 10.5.1).
    OneYear,
    /// Three years: certification cycles.
    ThreeYears,
    /// Six years: HIPAA documentation (45 CFR 164.316(b)(2)(i)).
    SixYears,
    /// Seven years: audit records under SOX (17 CFR 210.2-06); the default of Exhibit.
    SevenYears,
}

impl RetentionClass {
    /// For reports and everything that one rests on: they are audit records themselves (17 CFR 210.2-06), whatever their
    /// evidence alone would be kept for.
    pub const OF_REPORTS: RetentionClass = RetentionClass::SevenYears;

    /// The first instant at which something recorded at `recorded_at` may be removed.
    ///
    /// At the far end of the calendar it is the calendar's end: never earlier than asked.
    pub fn retain_until(self, recorded_at: Timestamp) -> Timestamp {
        let years: i64 = match self {
            RetentionClass::OneYear => 1,
            RetentionClass::ThreeYears => 3,
            RetentionClass::SixYears => 6,
            RetentionClass::SevenYears => 7,
        };
        let later = TimeZone::UTC.to_datetime(recorded_at).checked_add(years.years());
        later.ok().and_then(|later| TimeZone::UTC.to_timestamp(later).ok()).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_calendar_years() {
        let recorded_at = "2024-02-29T10:00:00Z".parse().unwrap();
        let until = RetentionClass::SevenYears.retain_until(recorded_at);
        assert_eq!(until.to_string(), "2031-02-28T10:00:00Z");
    }
}
