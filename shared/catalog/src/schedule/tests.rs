#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::*;

fn times(schedule: &str, after: &str, count: usize) -> Vec<String> {
    let schedule: Schedule = schedule.parse().unwrap();
    let start: Timestamp = after.parse().unwrap();
    let next = |last: &Timestamp| schedule.next_after(*last);
    std::iter::successors(schedule.next_after(start), next).take(count).map(|time| time.to_string()).collect()
}

#[test]
fn the_examples_of_the_eventbridge_user_guide_mean_what_it_says() {
    let after = "2026-07-01T00:00:00Z";
    for (schedule, expected) in [
        // 10:00 every day
        ("cron(0 10 * * ? *)", "2026-07-01T10:00:00Z 2026-07-02T10:00:00Z"),
        // 12:15 every day
        ("cron(15 12 * * ? *)", "2026-07-01T12:15:00Z 2026-07-02T12:15:00Z"),
        // 18:00 Monday to Friday; 2026-07-03 is a Friday
        (
            "cron(0 18 ? * MON-FRI *)",
            "2026-07-01T18:00:00Z 2026-07-02T18:00:00Z 2026-07-03T18:00:00Z 2026-07-06T18:00:00Z",
        ),
        // 8:00 on the first of every month
        ("cron(0 8 1 * ? *)", "2026-07-01T08:00:00Z 2026-08-01T08:00:00Z"),
        // every 15 minutes
        ("cron(0/15 * * * ? *)", "2026-07-01T00:15:00Z 2026-07-01T00:30:00Z 2026-07-01T00:45:00Z 2026-07-01T01:00:00Z"),
        // every 10 minutes, Monday to Friday
        ("cron(0/10 * ? * MON-FRI *)", "2026-07-01T00:10:00Z 2026-07-01T00:20:00Z"),
        // every 5 minutes from 8:00 to 17:55, Monday to Friday
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-07-01T08:00:00Z 2026-07-01T08:05:00Z"),
        // every 30 minutes from 20:00 to 2:00, Monday to Friday
        ("cron(0/30 20-23 ? * MON-FRI *)", "2026-07-01T20:00:00Z 2026-07-01T20:30:00Z"),
        ("cron(0/30 0-2 ? * MON-FRI *)", "2026-07-01T00:30:00Z 2026-07-01T01:00:00Z"),
        // 10:15 on the last Friday of every month, 2019 to 2027
        ("cron(15 10 ? * 6L 2019-2027)", "2026-07-31T10:15:00Z 2026-08-28T10:15:00Z"),
    ] {
        let expected: Vec<&str> = expected.split(' ').collect();
        assert_eq!(times(schedule, after, expected.len()), expected, "{schedule}");
    }
}

#[test]
fn every_wildcard_is_understood() {
    let after = "2026-07-01T00:00:00Z";
    for (schedule, expected) in [
        ("cron(0 0 L * ? *)", "2026-07-31T00:00:00Z 2026-08-31T00:00:00Z 2026-09-30T00:00:00Z"),
        // 2026-08-31 is a Monday, 2026-10-31 a Saturday
        ("cron(0 0 LW * ? *)", "2026-07-31T00:00:00Z 2026-08-31T00:00:00Z 2026-09-30T00:00:00Z 2026-10-30T00:00:00Z"),
        // 2026-07-04 is a Saturday, 2026-10-04 a Sunday
        ("cron(0 0 4W 7,10 ? *)", "2026-07-03T00:00:00Z 2026-10-05T00:00:00Z"),
        // 2026-08-01 is a Saturday: the nearest weekday inside the month is Monday the third
        ("cron(0 0 1W 8 ? *)", "2026-08-03T00:00:00Z"),
        ("cron(0 0 ? * 3#2 *)", "2026-07-14T00:00:00Z 2026-08-11T00:00:00Z"),
        ("cron(0 0 ? * tue#2 *)", "2026-07-14T00:00:00Z 2026-08-11T00:00:00Z"),
        ("cron(0 0 ? * L *)", "2026-07-04T00:00:00Z 2026-07-11T00:00:00Z"),
        ("cron(0 0 ? * 1 *)", "2026-07-05T00:00:00Z 2026-07-12T00:00:00Z"),
        ("cron(0 0 ? * SUN,7 *)", "2026-07-04T00:00:00Z 2026-07-05T00:00:00Z 2026-07-11T00:00:00Z"),
        ("cron(0 0 ? * 1-7 *)", "2026-07-02T00:00:00Z 2026-07-03T00:00:00Z"),
        ("cron(1/10 0 1 JAN-MAR/2 ? *)", "2027-01-01T00:01:00Z 2027-01-01T00:11:00Z"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z"),
        ("cron(0 0 1 1 ? 2030/10)", "2030-01-01T00:00:00Z 2040-01-01T00:00:00Z"),
    ] {
        let expected: Vec<&str> = expected.split(' ').collect();
        assert_eq!(times(schedule, after, expected.len()), expected, "{schedule}");
    }
}

#[test]
fn a_schedule_ends_with_its_years() {
    assert!(times("cron(0 0 1 1 ? 2020)", "2026-07-01T00:00:00Z", 1).is_empty());
    assert!(times("cron(0 0 30 2 ? *)", "2026-07-01T00:00:00Z", 1).is_empty());
}

#[test]
fn a_time_between_two_seconds_is_after_the_first() {
    assert_eq!(times("cron(0 0 * * ? *)", "2026-07-01T00:00:00.5Z", 1), ["2026-07-02T00:00:00Z"]);
    assert_eq!(times("cron(0 0 * * ? *)", "2026-06-30T23:59:59.5Z", 1), ["2026-07-01T00:00:00Z"]);
}

#[test]
fn what_eventbridge_would_refuse_is_refused_with_the_reason() {
    for (text, gist) in [
        ("0 3 * * ? *", "write cron("),
        ("rate(1 day)", "write cron("),
        ("cron(0 3 * * ?)", "5 fields"),
        ("cron(0 0 3 * * ? *)", "7 fields"),
        ("cron(0 3 * * * *)", "has to be ?"),
        ("cron(0 3 ? * ? *)", "has to be ?"),
        ("cron(0 3 1 * 2 *)", "has to be ?"),
        ("cron(60 3 * * ? *)", "minutes"),
        ("cron(0 24 * * ? *)", "hours"),
        ("cron(0 3 0 * ? *)", "day-of-month"),
        ("cron(0 3 32W * ? *)", "day-of-month"),
        ("cron(0 3 * 13 ? *)", "month"),
        ("cron(0 3 ? * 0 *)", "day-of-week"),
        ("cron(0 3 ? * 8 *)", "day-of-week"),
        ("cron(0 3 ? * 3#6 *)", "from 1 to 5"),
        ("cron(0 3 ? * 3#1,6#3 *)", "from 1 to 5"),
        ("cron(0 3 * * ? 1969)", "year"),
        ("cron(5-1 3 * * ? *)", "ends before"),
        ("cron(0/0 3 * * ? *)", "step"),
        ("cron(, 3 * * ? *)", "minutes"),
        ("cron(+1 3 * * ? *)", "minutes"),
        ("cron(@daily 3 * * ? *)", "minutes"),
        ("cron(0 3 L-3 * ? *)", "day-of-month"),
    ] {
        let error = text.parse::<Schedule>().unwrap_err().to_string();
        assert!(error.contains(gist), "{text}: {error}");
    }
}
