//! The fields of an EventBridge cron expression, each written out as plain numbers.
//!
//! Numbers written out mean the same in every dialect of cron; only `L`, `W` and `#` are left for the calendar.

use std::collections::BTreeSet;

/// A field that takes numbers, ranges and steps.
pub(super) struct Field {
    name: &'static str,
    first: u16,
    last: u16,
    /// Names of the numbers from `first` on.
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

pub(super) const MINUTES: Field = Field { name: "minutes", first: 0, last: 59, names: &[] };
pub(super) const HOURS: Field = Field { name: "hours", first: 0, last: 23, names: &[] };
pub(super) const MONTH: Field = Field { name: "month", first: 1, last: 12, names: MONTHS };
pub(super) const YEAR: Field = Field { name: "year", first: 1970, last: 2199, names: &[] };
const DAY_OF_MONTH: Field = Field { name: "day-of-month", first: 1, last: 31, names: &[] };
const DAY_OF_WEEK: Field = Field { name: "day-of-week", first: 1, last: 7, names: WEEKDAYS };

impl Field {
    /// The numbers of `text`, joined by commas; `*` stays.
    pub(super) fn read(&self, text: &str) -> Result<String, String> {
        if text == "*" { Ok(text.to_owned()) } else { Ok(joined(&self.numbers(text)?)) }
    }

    fn numbers(&self, text: &str) -> Result<BTreeSet<u16>, String> {
        let mut numbers = BTreeSet::new();
        for item in text.split(',') {
            let (range, step) = match item.split_once('/') {
                Some((range, step)) => (range, Some(self.step(step)?)),
                None => (item, None),
            };
            let (from, to) = self.range(range, step.is_some())?;
            numbers.extend((from..=to).step_by(step.unwrap_or(1)));
        }
        Ok(numbers)
    }

    fn step(&self, text: &str) -> Result<usize, String> {
        let step = digits(text).filter(|step| (1..=self.last).contains(step));
        step.map(usize::from).ok_or_else(|| format!("{text:?} is not a step of the {} field", self.name))
    }

    fn range(&self, text: &str, stepped: bool) -> Result<(u16, u16), String> {
        if text == "*" {
            return Ok((self.first, self.last));
        }
        match text.split_once('-') {
            Some((from, to)) => {
                let (from, to) = (self.number(from)?, self.number(to)?);
                let wrong = || format!("the range {text:?} of the {} field ends before it starts", self.name);
                if from <= to { Ok((from, to)) } else { Err(wrong()) }
            }
            None => self.number(text).map(|from| (from, if stepped { self.last } else { from })),
        }
    }

    fn number(&self, text: &str) -> Result<u16, String> {
        let named = (self.first..).zip(self.names).find(|(_, name)| name.eq_ignore_ascii_case(text));
        let number = named.map(|(number, _)| number).or_else(|| digits(text));
        number.filter(|number| (self.first..=self.last).contains(number)).ok_or_else(|| {
            format!("{text:?} is not in the {} field, which goes from {} to {}", self.name, self.first, self.last)
        })
    }
}

/// The day-of-month field: `?`, `*`, numbers, `L`, `LW`, or a weekday nearest to a day, `15W`.
pub(super) fn day_of_month(text: &str) -> Result<String, String> {
    match (text, text.strip_suffix('W')) {
        ("?", _) => Ok("*".to_owned()),
        ("L" | "LW", _) => Ok(text.to_owned()),
        (_, Some(day)) => DAY_OF_MONTH.number(day).map(|day| format!("{day}W")),
        _ => DAY_OF_MONTH.read(text),
    }
}

/// The day-of-week field, 1 or SUN to 7 or SAT: `?`, `*`, numbers, `L` (Saturday), the last of the month, `6L`, or the
/// n-th of the month, `3#2`. Gives Sunday as 0.
pub(super) fn day_of_week(text: &str) -> Result<String, String> {
    if text == "?" || text == "*" {
        return Ok("*".to_owned());
    }
    if text == "L" {
        return Ok("6".to_owned());
    }
    if let Some((day, nth)) = text.split_once('#') {
        let nth = digits(nth).filter(|nth| (1..=5).contains(nth)).ok_or("behind # goes a number from 1 to 5")?;
        return Ok(format!("{}#{nth}", DAY_OF_WEEK.number(day)? - 1));
    }
    if let Some(day) = text.strip_suffix('L') {
        return Ok(format!("{}#L", DAY_OF_WEEK.number(day)? - 1));
    }
    let numbers = DAY_OF_WEEK.numbers(text)?;
    // All seven, written out, would still mean a restricted field to a cron that knows only `*` as free.
    if numbers.len() == 7 { Ok("*".to_owned()) } else { Ok(joined(&numbers.iter().map(|day| day - 1).collect())) }
}

fn digits(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn joined(numbers: &BTreeSet<u16>) -> String {
    numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(",")
}
