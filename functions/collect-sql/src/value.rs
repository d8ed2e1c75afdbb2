//! One value of a database as the cell of a declared column.

use collecting::cells::{self, Reason};
use domain::{
    Timestamp,
    canonical::LARGEST_INTEGER,
    evidence::{Cell, ColumnKind},
};
use std::{borrow::Cow, fmt::Write as _};

/// A value as a database gives it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A double.
    Real(f64),
    /// A number of any length, in digits.
    Decimal(Cow<'a, str>),
    /// Text.
    Text(Cow<'a, str>),
    /// A JSON text.
    Json(Cow<'a, str>),
    /// Several values, as a JSON text.
    List(String),
    /// An instant.
    Instant(Timestamp),
    /// A date and a time of day of no zone, as text.
    Civil(Cow<'a, str>),
    /// Bytes.
    Bytes(&'a [u8]),
}

const NO_ZONE: Reason = Cow::Borrowed(
    "this time has no zone; say in the query which it is in: PostgreSQL `at AT TIME ZONE 'UTC'`, MySQL `DATE_FORMAT(at, '%Y-%m-%dT%H:%i:%sZ')`, ClickHouse `toTimeZone(at, 'UTC')`",
);
const NOT_EXACT: Reason = Cow::Borrowed(
    "the number has more digits than a double holds; declare the column as text to keep it as it is written",
);
const NOT_FINITE: Reason = Cow::Borrowed("this is infinite or no number; correct the source or the query");
const AN_INSTANT: Reason = Cow::Borrowed("this is a time; declare the column as time or text");
const BYTES: Reason = Cow::Borrowed("these are bytes; declare the column as text: they become hexadecimal digits");
const MANY: Reason = Cow::Borrowed("these are several values; declare the column as json or text");

impl Value<'_> {
    /// Sets `cell` to this, for a column of `kind`. `nulls` are texts that stand for no value.
    pub(crate) fn put(&self, kind: ColumnKind, nulls: &[String], cell: &mut Cell) -> Result<(), Reason> {
        match self {
            Value::Null => *cell = Cell::Null,
            Value::Text(text) => return cells::from_text(kind, nulls, text, cell),
            Value::Json(json) => return cells::from_json(kind, nulls, json.trim_ascii_start(), cell),
            Value::Boolean(value) => return cells::from_json(kind, nulls, if *value { "true" } else { "false" }, cell),
            Value::Integer(value) => return integer(*value, kind, nulls, cell),
            Value::Real(value) => return real(*value, kind, nulls, cell),
            Value::Decimal(digits) => return decimal(digits, kind, nulls, cell),
            Value::List(json) if kind == ColumnKind::Text => {
                cells::from_json(ColumnKind::Json, nulls, json, cell)?;
            }
            Value::List(json) => return cells::from_json(kind, nulls, json, cell).map_err(|_| MANY),
            Value::Instant(instant) => match kind {
                ColumnKind::Time | ColumnKind::Text => *cell = Cell::Text(instant.to_string()),
                _ => return Err(AN_INSTANT),
            },
            Value::Civil(text) if kind == ColumnKind::Text => return cells::from_text(kind, nulls, text, cell),
            Value::Civil(_) => return Err(NO_ZONE),
            Value::Bytes(bytes) if kind == ColumnKind::Text => *cell = Cell::Text(hexadecimal(bytes)),
            Value::Bytes(_) => return Err(BYTES),
        }
        Ok(())
    }
}

fn integer(value: i64, kind: ColumnKind, nulls: &[String], cell: &mut Cell) -> Result<(), Reason> {
    let plain = nulls.is_empty() && matches!(kind, ColumnKind::Integer | ColumnKind::Real);
    if plain && value.unsigned_abs() <= LARGEST_INTEGER {
        *cell = Cell::Integer(value);
        return Ok(());
    }
    cells::from_text(kind, nulls, &value.to_string(), cell)
}

fn real(value: f64, kind: ColumnKind, nulls: &[String], cell: &mut Cell) -> Result<(), Reason> {
    match value.is_finite() {
        true => cells::from_text(kind, nulls, &value.to_string(), cell),
        false => Err(NOT_FINITE),
    }
}

fn decimal(digits: &str, kind: ColumnKind, nulls: &[String], cell: &mut Cell) -> Result<(), Reason> {
    if kind != ColumnKind::Text && !is_exact(digits) {
        return Err(if digits.contains(['N', 'I']) { NOT_FINITE } else { NOT_EXACT });
    }
    cells::from_text(kind, nulls, digits, cell)
}

/// Whether a double that is read from these digits is written with the same digits again.
fn is_exact(digits: &str) -> bool {
    let Ok(value) = digits.parse::<f64>() else { return false };
    value.is_finite() && significant(&value.to_string()) == significant(digits)
}

/// The digits of a number without those that say nothing: `-12.5` of `-0012.500`.
fn significant(digits: &str) -> (bool, &str, &str) {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches(['+', '-', '0']), fraction.trim_end_matches('0'));
    (digits.starts_with('-') && !(whole.is_empty() && fraction.is_empty()), whole, fraction)
}

/// Bytes as text: two digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // A String takes every text.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use ColumnKind::{Boolean, Integer, Json, Real, Text, Time};

    fn cell(value: &Value<'_>, kind: ColumnKind) -> Result<Cell, Reason> {
        let mut cell = Cell::Null;
        value.put(kind, &["N/A".to_owned()], &mut cell).map(|()| cell)
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn a_decimal_is_a_number_only_where_no_digit_is_lost() {
        let decimal = |digits: &'static str, kind| cell(&Value::Decimal(digits.into()), kind);
        assert_eq!(decimal("12.50", Real), Ok(Cell::Real(12.5)));
        assert_eq!(decimal("-0.10", Real), Ok(Cell::Real(-0.1)));
        assert_eq!(decimal("-0.00", Real), Ok(Cell::Integer(0)));
        assert_eq!(decimal("3.000", Integer), Ok(Cell::Integer(3)));
        assert_eq!(decimal("12.50", Text), Ok(text("12.50")));
        assert_eq!(decimal("0.1234567890123456789", Real), Err(NOT_EXACT));
        assert_eq!(decimal("3.00000000000000000001", Integer), Err(NOT_EXACT));
        assert_eq!(decimal("9007199254740993", Integer), Err(NOT_EXACT));
        assert!(decimal("9007199254740992", Integer).is_err());
        assert_eq!(decimal("12345678901234567890.5", Text), Ok(text("12345678901234567890.5")));
        assert_eq!(decimal("NaN", Real), Err(NOT_FINITE));
    }

    #[test]
    fn times_have_a_zone_or_are_text() {
        let instant = Value::Instant("2026-07-01T10:00:00.5Z".parse().unwrap());
        assert_eq!(cell(&instant, Time), Ok(text("2026-07-01T10:00:00.5Z")));
        assert_eq!(cell(&instant, Integer), Err(AN_INSTANT));
        let civil = Value::Civil("2026-07-01 10:00:00".into());
        assert_eq!(cell(&civil, Time), Err(NO_ZONE));
        assert_eq!(cell(&civil, Text), Ok(text("2026-07-01 10:00:00")));
        assert_eq!(cell(&Value::Text("2026-07-01".into()), Time), Ok(text("2026-07-01T00:00:00Z")));
    }

    #[test]
    fn other_values_become_cells_of_each_kind_that_holds_them() {
        assert_eq!(cell(&Value::Boolean(true), Boolean), Ok(Cell::Boolean(true)));
        assert_eq!(cell(&Value::Boolean(false), Text), Ok(text("false")));
        assert!(cell(&Value::Boolean(true), Integer).is_err());
        assert_eq!(cell(&Value::Integer(1), Boolean), Ok(Cell::Boolean(true)));
        assert_eq!(cell(&Value::Integer(7), Text), Ok(text("7")));
        assert!(cell(&Value::Integer(i64::MAX), Integer).is_err());
        assert_eq!(cell(&Value::Integer(i64::MAX), Text), Ok(text("9223372036854775807")));
        assert_eq!(cell(&Value::Real(0.1), Real), Ok(Cell::Real(0.1)));
        assert_eq!(cell(&Value::Real(2.0), Integer), Ok(Cell::Integer(2)));
        assert_eq!(cell(&Value::Real(f64::NAN), Real), Err(NOT_FINITE));
        assert_eq!(cell(&Value::Text("N/A".into()), Text), Ok(Cell::Null));
        assert_eq!(cell(&Value::Json(" {\"b\":1.0,\"a\":[]}".into()), Json), Ok(text("{\"a\":[],\"b\":1}")));
        assert_eq!(cell(&Value::List("[1, \"a\"]".into()), Text), Ok(text("[1,\"a\"]")));
        assert_eq!(cell(&Value::List("[1]".into()), Integer), Err(MANY));
        assert_eq!(cell(&Value::Bytes(&[0, 255]), Text), Ok(text("00ff")));
        assert_eq!(cell(&Value::Bytes(&[0]), Integer), Err(BYTES));
    }
}
