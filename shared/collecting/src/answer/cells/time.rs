//! Instants as the sources write them.

use domain::Timestamp;
use jiff::{civil::Date, tz::TimeZone};

/// Whole numbers below are no times but dates without dashes, zeros for "never", and counters: 1973-03-03.
const FIRST_SECOND: i64 = 100_000_000;
/// Whole numbers from here on are milliseconds, below it seconds: the year 5138 in seconds, 1973-03-03 in milliseconds.
const FIRST_MILLISECOND: i64 = 100_000_000_000;
/// The year 5138 in milliseconds.
const LAST_MILLISECOND: i64 = 100_000_000_000_000;

/// The instant that `text` names: RFC 3339, a date (its midnight in UTC), `2026-07-01 12:00:00 UTC`, or seconds or
/// milliseconds since 1970. A time without a zone names none.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return since_epoch(text.parse().ok()?);
    }
    if text.len() == 10 {
        let date = text.parse::<Date>().ok()?;
        return TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok();
    }
    // Not the bracketed zones of RFC 9557: what they say can differ from the offset.
    if text.contains('[') {
        return None;
    }
    match text.strip_suffix(" UTC") {
        Some(civil) => format!("{civil}Z").parse().ok(),
        None => text.parse().ok(),
    }
}

fn since_epoch(number: i64) -> Option<Timestamp> {
    match number {
        FIRST_SECOND..FIRST_MILLISECOND => Timestamp::from_second(number).ok(),
        FIRST_MILLISECOND..LAST_MILLISECOND => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}
