//! Days and moments, all UTC, and states that change from day to day.

use domain::Period;
use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, Weekday, date},
};

/// The first day that is known: a year before the last.
pub(crate) const FIRST: Date = date(2025, 10, 1);
/// The first day of the quarter that is reported.
pub(crate) const QUARTER: Date = date(2026, 7, 1);
/// The last day of the quarter, and the last that is known.
pub(crate) const LAST: Date = date(2026, 9, 30);

/// A day of 2026.
pub(crate) const fn day(month: i8, day: i8) -> Date {
    date(2026, month, day)
}

/// A moment of 2026.
pub(crate) const fn moment(month: i8, day: i8, hour: i8, minute: i8) -> DateTime {
    date(2026, month, day).at(hour, minute, 0, 0)
}

/// `count` days after `from`; before it when negative.
pub(crate) fn plus(from: Date, count: i64) -> Date {
    from.saturating_add(count.days())
}

/// `minutes` after `from`.
pub(crate) fn later(from: DateTime, minutes: i64) -> DateTime {
    from.saturating_add(minutes.minutes())
}

/// Days from 1970-01-01 to `on`.
pub(crate) fn number(on: Date) -> i64 {
    on.duration_since(date(1970, 1, 1)).as_hours() / 24
}

/// Every day from `first` to `last`, both included.
pub(crate) fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    (0..=number(last) - number(first)).map(move |count| plus(first, count))
}

/// `on` at a time of day, as seconds after midnight.
pub(crate) fn at(on: Date, second: i64) -> DateTime {
    on.at(0, 0, 0, 0).saturating_add(second.seconds())
}

pub(crate) fn is_workday(on: Date) -> bool {
    !matches!(on.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// RFC 3339 in UTC: `2026-07-01T09:12:11Z`.
pub(crate) fn instant(moment: DateTime) -> String {
    format!("{moment}Z")
}

/// The last day of `period`.
pub(crate) fn last_day(period: &Period) -> Date {
    let end = jiff::tz::TimeZone::UTC.to_datetime(period.end());
    plus(end.date(), -1)
}

/// A state that changes at the beginning of days. Before the first change it is the type's default.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timeline<T>(Vec<(Date, T)>);

impl<T: Clone + Default> Timeline<T> {
    /// The state from `from` on.
    pub(crate) fn from(from: Date, state: T) -> Self {
        Self(vec![(from, state)])
    }

    /// The state at every day.
    pub(crate) fn always(state: T) -> Self {
        Self::from(date(2000, 1, 1), state)
    }

    /// The same, but `state` from `from` on. Changes have to be told in order.
    pub(crate) fn then(mut self, from: Date, state: T) -> Self {
        self.0.push((from, state));
        self
    }

    /// The state at the end of `on`.
    pub(crate) fn on(&self, on: Date) -> T {
        self.0.iter().rev().find(|(from, _)| *from <= on).map(|(_, state)| state.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_holds_each_state_from_its_day_on() {
        let line = Timeline::from(day(7, 2), true).then(day(7, 4), false);
        let states: Vec<bool> = days(day(7, 1), day(7, 5)).map(|on| line.on(on)).collect();
        assert_eq!(states, [false, true, true, false, false]);
    }

    #[test]
    fn the_known_year_has_365_days() {
        assert_eq!(days(FIRST, LAST).count(), 365);
        assert_eq!(instant(moment(7, 1, 9, 5)), "2026-07-01T09:05:00Z");
    }
}
