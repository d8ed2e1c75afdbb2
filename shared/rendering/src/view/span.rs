//! From when to when there is evidence, in words: days where the bounds are midnights, instants elsewhere.

use super::instant;
use domain::{Report, Timestamp};
use jiff::{civil::Time, tz::TimeZone};

/// `Evidence covers 2026-07-01 to 2026-09-30 (UTC).`
pub(super) fn covered(report: &Report) -> String {
    match bounds(report) {
        Some((start, end)) => format!("Evidence covers {} (UTC).", days(start, end)),
        None => "No evidence of the period was collected.".to_owned(),
    }
}

/// `Not covered: 2026-07-01 to 2026-07-05.` for what lies in the window before the first and after the last evidence.
pub(super) fn uncovered(report: &Report) -> String {
    let window = report.inputs.period;
    let (start, end) = bounds(report).unwrap_or((window.end(), window.end()));
    let ends = [(window.start(), start), (end, window.end())];
    let missing: Vec<String> =
        ends.into_iter().filter(|(from, to)| from < to).map(|(from, to)| days(from, to)).collect();
    if missing.is_empty() { String::new() } else { format!("Not covered: {}.", missing.join(" and ")) }
}

/// The instant without the fraction of its second.
pub(super) fn to_the_second(exact: Timestamp) -> String {
    instant(Timestamp::from_second(exact.as_second()).unwrap_or(exact))
}

fn bounds(report: &Report) -> Option<(Timestamp, Timestamp)> {
    let start = report.evidence.iter().map(|entry| entry.period.start()).min()?;
    let end = report.evidence.iter().map(|entry| entry.period.end()).max()?;
    Some((start, end))
}

/// The days from `start` up to `end`, which is excluded, so that the last day named is inside.
fn days(start: Timestamp, end: Timestamp) -> String {
    let (first, after) = (TimeZone::UTC.to_datetime(start), TimeZone::UTC.to_datetime(end));
    let first = if first.time() == Time::midnight() { first.date().to_string() } else { instant(start) };
    let last = match after.date().yesterday() {
        Ok(day) if after.time() == Time::midnight() => day.to_string(),
        _ => instant(end),
    };
    if first == last { first } else { format!("{first} to {last}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::EvidenceEntry;

    fn report(keep: impl Fn(&EvidenceEntry) -> bool) -> Report {
        let mut report = crate::sample::report(10).unwrap();
        report.evidence.retain(keep);
        report
    }

    #[test]
    fn a_window_that_is_covered_lacks_nothing() {
        // The first week of the sample begins before the window.
        let report = report(|_| true);
        assert_eq!(covered(&report), "Evidence covers 2026-06-29 to 2026-09-30 (UTC).");
        assert_eq!(uncovered(&report), "");
    }

    #[test]
    fn the_ends_of_the_window_without_evidence_are_named() {
        let (from, to): (Timestamp, Timestamp) =
            ("2026-07-06T00:00:00Z".parse().unwrap(), "2026-09-30T00:00:00Z".parse().unwrap());
        let report = report(|entry| entry.period.start() >= from && entry.period.end() <= to);
        assert_eq!(covered(&report), "Evidence covers 2026-07-06 to 2026-09-29 (UTC).");
        assert_eq!(uncovered(&report), "Not covered: 2026-07-01 to 2026-07-05 and 2026-09-30.");
    }

    #[test]
    fn without_evidence_the_whole_window_is_not_covered() {
        let report = report(|_| false);
        assert_eq!(covered(&report), "No evidence of the period was collected.");
        assert_eq!(uncovered(&report), "Not covered: 2026-07-01 to 2026-09-30.");
    }

    #[test]
    fn bounds_inside_a_day_are_instants() {
        let (start, end) = ("2026-07-01T05:00:00Z".parse().unwrap(), "2026-07-01T07:00:00Z".parse().unwrap());
        assert_eq!(days(start, end), "2026-07-01 05:00:00 UTC to 2026-07-01 07:00:00 UTC");
        assert_eq!(to_the_second("2026-07-01T05:00:00.123456Z".parse().unwrap()), "2026-07-01 05:00:00 UTC");
    }
}
