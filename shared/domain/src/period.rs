//! Half-open UTC intervals `[start, end)` and their calendar notation.

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, ISOWeekDate, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A period that cannot be: empty, reversed, or in no known notation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// The end is not after the start.
    #[error("the period from {0} to {1} is empty: the end has to be after the start")]
    Empty(Timestamp, Timestamp),
    /// Text that is no period.
    #[error(
        "{0:?} is not a period: write 2026, 2026-Q3, 2026-07, 2026-W27, 2026-07-01, 2026-07-01T05, \
         or two UTC instants joined by two dashes"
    )]
    Notation(String),
    /// The calendar ends before that (year 9999).
    #[error("{0} is outside the calendar")]
    Calendar(String),
}

/// The length of the periods of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// `2026-07-01T05`
    Hour,
    /// `2026-07-01`
    Day,
    /// An ISO 8601 week, Monday to Sunday: `2026-W27`
    Week,
    /// `2026-07`
    Month,
    /// `2026-Q3`
    Quarter,
    /// `2026`
    Year,
}

/// A half-open UTC interval `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Bounds")]
pub struct Period {
    start: Timestamp,
    end: Timestamp,
}

#[derive(Deserialize)]
struct Bounds {
    start: Timestamp,
    end: Timestamp,
}

impl TryFrom<Bounds> for Period {
    type Error = PeriodError;
    fn try_from(bounds: Bounds) -> Result<Self, PeriodError> {
        Self::new(bounds.start, bounds.end)
    }
}

const ALL: [Granularity; 6] = [
    Granularity::Hour,
    Granularity::Day,
    Granularity::Week,
    Granularity::Month,
    Granularity::Quarter,
    Granularity::Year,
];

impl Period {
    /// The interval from `start`, included, to `end`, excluded.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, PeriodError> {
        if start < end { Ok(Self { start, end }) } else { Err(PeriodError::Empty(start, end)) }
    }

    /// The first instant inside.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The first instant after.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(&self, other: &Period) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The calendar unit that this period is, if it is exactly one.
    pub fn granularity(&self) -> Option<Granularity> {
        ALL.into_iter().find(|unit| unit.containing(self.start).is_ok_and(|period| period == *self))
    }

    /// Every period of `unit` that belongs to this one, in order: those that lie wholly inside, and of weeks, which no month or
    /// quarter divides into, also the one that began before and has its last day inside. So a week belongs to exactly one
    /// quarter. A window shorter than a week has no week but itself.
    pub fn divide(&self, unit: Granularity) -> Result<Vec<Period>, PeriodError> {
        let is_long = self.end.duration_since(self.start) >= SignedDuration::from_hours(7 * 24);
        let by_last_day = unit == Granularity::Week && is_long;
        let mut inside = Vec::new();
        let mut next = unit.containing(self.start)?;
        while next.end <= self.end {
            if by_last_day || self.contains(&next) {
                inside.push(next);
            }
            next = unit.containing(next.end)?;
        }
        Ok(inside)
    }
}

impl Granularity {
    /// The period of this length that holds `instant`.
    pub fn containing(self, instant: Timestamp) -> Result<Period, PeriodError> {
        let civil = TimeZone::UTC.to_datetime(instant);
        if self == Granularity::Hour {
            let start = hours_after(midnight(civil.date())?, i64::from(civil.hour()))?;
            return Period::new(start, hours_after(start, 1)?);
        }
        let first = self.first_day(civil.date()).ok_or_else(|| outside(civil))?;
        let next = first.checked_add(self.days_or_months()).map_err(|_| outside(first))?;
        Period::new(midnight(first)?, midnight(next)?)
    }

    /// The newest period of this length that had ended at `instant`.
    ///
    /// A collection that is scheduled for `instant` collects this one, so that every retry computes the same slot.
    pub fn latest_complete(self, instant: Timestamp) -> Result<Period, PeriodError> {
        let current = self.containing(instant)?;
        let before = current.start.checked_sub(1.second()).map_err(|_| outside(current.start))?;
        self.containing(before)
    }

    fn first_day(self, day: Date) -> Option<Date> {
        let quarter_month = (day.month() - 1) / 3 * 3 + 1;
        match self {
            Granularity::Hour | Granularity::Day => Some(day),
            Granularity::Week => day.iso_week_date().first_of_week().ok().map(|week| week.date()),
            Granularity::Month => Some(day.first_of_month()),
            Granularity::Quarter => Date::new(day.year(), quarter_month, 1).ok(),
            Granularity::Year => Some(day.first_of_year()),
        }
    }

    fn days_or_months(self) -> jiff::Span {
        match self {
            Granularity::Hour | Granularity::Day => 1.day(),
            Granularity::Week => 7.days(),
            Granularity::Month => 1.month(),
            Granularity::Quarter => 3.months(),
            Granularity::Year => 1.year(),
        }
    }
}

fn outside(what: impl fmt::Display) -> PeriodError {
    PeriodError::Calendar(what.to_string())
}

fn hours_after(instant: Timestamp, hours: i64) -> Result<Timestamp, PeriodError> {
    instant.checked_add(hours.hours()).map_err(|_| outside(instant))
}

fn midnight(day: Date) -> Result<Timestamp, PeriodError> {
    TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| outside(day))
}

impl fmt::Display for Period {
    /// The shortest notation that reads back to the same period.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = TimeZone::UTC.to_datetime(self.start);
        let (year, month) = (civil.year(), civil.month());
        match self.granularity() {
            Some(Granularity::Hour) => write!(f, "{}T{:02}", civil.date(), civil.hour()),
            Some(Granularity::Day) => write!(f, "{}", civil.date()),
            Some(Granularity::Week) => {
                let week = civil.date().iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Some(Granularity::Month) => write!(f, "{year:04}-{month:02}"),
            Some(Granularity::Quarter) => write!(f, "{year:04}-Q{}", (month - 1) / 3 + 1),
            Some(Granularity::Year) => write!(f, "{year:04}"),
            None => write!(f, "{}--{}", self.start, self.end),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let period = parse(text).ok_or_else(|| PeriodError::Notation(text.to_owned()))??;
        // One period, one spelling: it names files and ids.
        if period.to_string() == text { Ok(period) } else { Err(PeriodError::Notation(text.to_owned())) }
    }
}

fn parse(text: &str) -> Option<Result<Period, PeriodError>> {
    if let Some((start, end)) = text.split_once("--") {
        return Some(Period::new(start.parse().ok()?, end.parse().ok()?));
    }
    let (unit, day, hour) = first_instant(text)?;
    let start = midnight(day).and_then(|start| hours_after(start, i64::from(hour)));
    Some(start.and_then(|start| unit.containing(start)))
}

fn first_instant(text: &str) -> Option<(Granularity, Date, u8)> {
    let year = text.get(..4)?.parse::<i16>().ok()?;
    let rest = text.get(4..)?;
    if rest.is_empty() {
        return Some((Granularity::Year, Date::new(year, 1, 1).ok()?, 0));
    }
    let rest = rest.strip_prefix('-')?;
    if let Some(quarter) = rest.strip_prefix('Q') {
        let month = (quarter.parse::<i8>().ok()?.checked_sub(1)?).checked_mul(3)?.checked_add(1)?;
        return Some((Granularity::Quarter, Date::new(year, month, 1).ok()?, 0));
    }
    if let Some(week) = rest.strip_prefix('W') {
        let week = ISOWeekDate::new(year, week.parse().ok()?, Weekday::Monday).ok()?;
        return Some((Granularity::Week, week.date(), 0));
    }
    month_day_hour(year, rest)
}

fn month_day_hour(year: i16, rest: &str) -> Option<(Granularity, Date, u8)> {
    let month = rest.get(..2)?.parse().ok()?;
    match rest.get(2..)?.strip_prefix('-') {
        None => Some((Granularity::Month, Date::new(year, month, 1).ok()?, 0)),
        Some(day) => match day.split_once('T') {
            None => Some((Granularity::Day, Date::new(year, month, day.parse().ok()?).ok()?, 0)),
            Some((day, hour)) => {
                let hour = hour.parse().ok().filter(|hour| *hour < 24)?;
                Some((Granularity::Hour, Date::new(year, month, day.parse().ok()?).ok()?, hour))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn a_notation_reads_back_to_the_same_period() {
        for (text, start, end) in [
            ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2026-Q3", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z"),
            ("2026-02", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-W01", "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"),
            ("2026-12-31", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2026-07-01T23", "2026-07-01T23:00:00Z", "2026-07-02T00:00:00Z"),
        ] {
            let period = period(text);
            assert_eq!((period.start().to_string(), period.end().to_string()), (start.into(), end.into()));
            assert_eq!(period.to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_period_is_refused() {
        let wrong = [
            "",
            "26",
            "2026-Q5",
            "2026-Q0",
            "2026-13",
            "2026-7",
            "2026-W54",
            "2026-02-30",
            "2026-01-01T24",
            "2026-1-1",
            "9999-12-30T23",
            "../../etc",
            "2026-01-01T00:00:00Z--2026-01-01T00:00:00Z",
        ];
        for text in wrong {
            assert!(text.parse::<Period>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_schedule_collects_the_period_that_has_just_ended() {
        let at = "2026-07-01T03:00:00Z".parse().unwrap();
        assert_eq!(Granularity::Day.latest_complete(at).unwrap(), period("2026-06-30"));
        assert_eq!(Granularity::Quarter.latest_complete(at).unwrap(), period("2026-Q2"));
        assert_eq!(Granularity::Week.latest_complete(at).unwrap(), period("2026-W26"));
        assert_eq!(Granularity::Hour.latest_complete(at).unwrap(), period("2026-07-01T02"));
    }

    #[test]
    fn a_quarter_divides_into_whole_periods_only() {
        let quarter = period("2026-Q3");
        assert_eq!(quarter.divide(Granularity::Day).unwrap().len(), 92);
        assert_eq!(quarter.divide(Granularity::Month).unwrap().len(), 3);
        let weeks = quarter.divide(Granularity::Week).unwrap();
        assert_eq!(weeks.first().unwrap().to_string(), "2026-W27");
        assert_eq!((weeks.last().unwrap().to_string(), weeks.len()), ("2026-W39".into(), 13));
        assert!(period("2026-07-01").divide(Granularity::Month).unwrap().is_empty());
    }

    #[test]
    fn a_week_belongs_to_exactly_one_quarter_month_and_year() {
        for unit in ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1"].map(period).windows(2) {
            let [first, second] = unit else { panic!() };
            let (before, after) = (first.divide(Granularity::Week).unwrap(), second.divide(Granularity::Week).unwrap());
            assert_eq!(before.last().unwrap().end(), after.first().unwrap().start());
        }
        assert_eq!(period("2026-W27").divide(Granularity::Week).unwrap(), [period("2026-W27")]);
        assert!(period("2026-07-05").divide(Granularity::Week).unwrap().is_empty());
    }

    #[test]
    fn a_period_on_the_wire_is_checked() {
        let reversed = r#"{"start":"2026-02-01T00:00:00Z","end":"2026-01-01T00:00:00Z"}"#;
        assert!(serde_json::from_str::<Period>(reversed).is_err());
    }
}
