//! Schedules: EventBridge cron expressions in UTC.
//!
//! The language is the one of the Amazon EventBridge User Guide, "Cron expressions reference": six fields, minutes, hours,
//! day-of-month, month, day-of-week, year. It is read here, strictly, because a schedule that EventBridge would refuse
//! has to be refused before it is deployed; what it means on the calendar is computed by `croner`.

mod field;

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use domain::Timestamp;
use jiff::tz::TimeZone;
use std::{fmt, str::FromStr};

/// When something is collected: an EventBridge cron expression, `cron(0 3 * * ? *)`, in UTC.
#[derive(Debug, Clone)]
pub struct Schedule {
    text: String,
    cron: Cron,
}

/// Text that is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an EventBridge schedule: {why}")]
pub struct ScheduleError {
    text: String,
    why: String,
}

impl Schedule {
    /// The first instant after `instant` that matches; none where the years of the schedule are over.
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let civil = TimeZone::UTC.to_datetime(instant);
        let next = self.cron.find_next_occurrence(&civil, false).ok()?;
        TimeZone::UTC.to_timestamp(next).ok()
    }
}

fn cron(text: &str) -> Result<Cron, String> {
    let inner = text.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
    let fields: Vec<&str> = inner.ok_or("write cron(...)")?.split_ascii_whitespace().collect();
    let [minutes, hours, day_of_month, month, day_of_week, year] = fields.as_slice() else {
        let found = fields.len();
        return Err(format!("it has {found} fields, not 6: minutes hours day-of-month month day-of-week year"));
    };
    if (*day_of_month == "?") == (*day_of_week == "?") {
        return Err("one of day-of-month and day-of-week, and only one, has to be ?".to_owned());
    }
    let plain = [
        field::MINUTES.read(minutes)?,
        field::HOURS.read(hours)?,
        field::day_of_month(day_of_month)?,
        field::MONTH.read(month)?,
        field::day_of_week(day_of_week)?,
        field::YEAR.read(year)?,
    ];
    let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Required).build();
    parser.parse(&format!("0 {}", plain.join(" "))).map_err(|error| error.to_string())
}

impl FromStr for Schedule {
    type Err = ScheduleError;
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let cron = cron(text).map_err(|why| ScheduleError { text: text.to_owned(), why })?;
        Ok(Self { text: text.to_owned(), cron })
    }
}

impl fmt::Display for Schedule {
    /// The text it was read from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
