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

    /// The first instant of the month (UTC) after the one in which [`retain_until`](Self::retain_until) lies: never earlier.
    ///
    /// The same for everything that is recorded within one month, so that a repeated attempt finds every lock long enough.
    pub fn retain_until_month_ends(self, recorded_at: Timestamp) -> Timestamp {
        let until = TimeZone::UTC.to_datetime(self.retain_until(recorded_at));
        let next_month = until.date().first_of_month().checked_add(1.month());
        let first = next_month.ok().and_then(|day| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok());
        first.unwrap_or(Timestamp::MAX)
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

    #[test]
    fn what_is_recorded_within_a_month_is_kept_until_the_same_instant_and_never_for_less() {
        let until = |recorded_at: &str| {
            let recorded_at = recorded_at.parse().unwrap();
            let until = RetentionClass::SevenYears.retain_until_month_ends(recorded_at);
            assert!(until > RetentionClass::SevenYears.retain_until(recorded_at));
            until.to_string()
        };
        assert_eq!(until("2026-11-01T00:00:00Z"), "2033-12-01T00:00:00Z");
        assert_eq!(until("2026-11-20T21:29:00.5Z"), "2033-12-01T00:00:00Z");
        assert_eq!(until("2026-11-30T23:59:59.999999999Z"), "2033-12-01T00:00:00Z");
        assert_eq!(until("2026-12-31T12:00:00Z"), "2034-01-01T00:00:00Z");
        assert_eq!(until("2024-02-29T10:00:00Z"), "2031-03-01T00:00:00Z");
    }

    #[test]
    fn at_the_far_end_of_the_calendar_it_is_the_calendars_end() {
        assert_eq!(RetentionClass::OneYear.retain_until_month_ends(Timestamp::MAX), Timestamp::MAX);
    }
}
