//! One value of an answer as the cell of a declared column.

mod time;
mod unique;

use domain::{
    canonical::{LARGEST_INTEGER, to_bytes},
    evidence::{Cell, ColumnKind},
};
use std::borrow::Cow;

/// Why a value is no cell. Says what was expected, never what the value was.
pub type Reason = Cow<'static, str>;

const TOO_LARGE: Reason = Cow::Borrowed(
    "the number is beyond 2^53 - 1, where a double rounds; declare the column as text to keep it as it is written",
);

const NOT_AN_INTEGER: Reason = Cow::Borrowed("this is not an integer; correct the source, the column's kind or `null`");
const NOT_A_NUMBER: Reason = Cow::Borrowed("this is not a number; correct the source, the column's kind or `null`");
const NOT_A_BOOLEAN: Reason =
    Cow::Borrowed("this is none of true, false, yes, no, 1, 0; correct the source, the column's kind or `null`");
const NOT_A_TIME: Reason = Cow::Borrowed(
    "this is not a time with its zone; write 2026-07-01T12:00:00Z, 2026-07-01 12:00:00 UTC, 2026-07-01 or seconds since 1970",
);
const NOT_A_SCALAR: Reason =
    Cow::Borrowed("this is an object or array; declare the column as json or name a member of it");

/// Sets `cell` to the text of a CSV field, or of a JSON string, for a column of `kind`. `nulls` are texts for no value.
///
/// Blanks around anything but text do not count, and nothing but blanks is no value.
pub fn from_text(kind: ColumnKind, nulls: &[String], text: &str, cell: &mut Cell) -> Result<(), Reason> {
    if nulls.iter().any(|null| null == text) {
        *cell = Cell::Null;
        return Ok(());
    }
    if kind == ColumnKind::Text {
        set_text(cell, text);
        return Ok(());
    }
    *cell = match text.trim() {
        "" => Cell::Null,
        trimmed => convert(kind, trimmed)?,
    };
    Ok(())
}

/// Sets `cell` to a JSON value, given as valid JSON text, for a column of `kind`. `nulls` are texts for no value.
pub fn from_json(kind: ColumnKind, nulls: &[String], json: &str, cell: &mut Cell) -> Result<(), Reason> {
    match json.as_bytes().first() {
        Some(b'n') => *cell = Cell::Null,
        Some(b'{' | b'[') if kind != ColumnKind::Json => return Err(NOT_A_SCALAR),
        Some(b'"') if kind == ColumnKind::Json => {
            let is_null = unquote(json).is_ok_and(|text| nulls.iter().any(|null| *null == text));
            *cell = if is_null { Cell::Null } else { canonical(json)? };
        }
        Some(b'"') => return from_text(kind, nulls, &unquote(json)?, cell),
        Some(b't' | b'f') if !matches!(kind, ColumnKind::Boolean | ColumnKind::Text | ColumnKind::Json) => {
            return Err(Cow::Borrowed("this is true or false; declare the column as boolean or text"));
        }
        _ => return from_text(kind, nulls, json, cell),
    }
    Ok(())
}

/// The text of a JSON string, given with its quotes.
pub(crate) fn unquote(json: &str) -> Result<Cow<'_, str>, Reason> {
    let plain = json.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match plain.filter(|text| !text.as_bytes().contains(&b'\\')) {
        Some(text) => Ok(Cow::Borrowed(text)),
        None => serde_json::from_str::<String>(json).map(Cow::Owned).map_err(|error| Cow::Owned(error.to_string())),
    }
}

// The buffer of the row before is used again: a million rows need no million allocations for it.
fn set_text(cell: &mut Cell, text: &str) {
    match cell {
        Cell::Text(buffer) => {
            buffer.clear();
            buffer.push_str(text);
        }
        other => *other = Cell::Text(text.to_owned()),
    }
}

fn convert(kind: ColumnKind, text: &str) -> Result<Cell, Reason> {
    match kind {
        ColumnKind::Text => Ok(Cell::Text(text.to_owned())),
        ColumnKind::Integer => integer(text),
        ColumnKind::Real => real(text),
        ColumnKind::Boolean => boolean(text),
        ColumnKind::Time => time::instant(text).map(|instant| Cell::Text(instant.to_string())).ok_or(NOT_A_TIME),
        ColumnKind::Json => canonical(text),
    }
}

fn integer(text: &str) -> Result<Cell, Reason> {
    match text.parse::<i64>() {
        Ok(value) if value.unsigned_abs() <= LARGEST_INTEGER => Ok(Cell::Integer(value)),
        Ok(_) => Err(TOO_LARGE),
        // JSON knows one kind of number: 3.0 and 3e2 are integers.
        Err(_) => match real(text) {
            Ok(Cell::Real(_)) => Err(NOT_AN_INTEGER),
            Err(reason) if reason == NOT_A_NUMBER => Err(NOT_AN_INTEGER),
            other => other,
        },
    }
}

fn real(text: &str) -> Result<Cell, Reason> {
    let value = text.parse::<f64>().map_err(|_| NOT_A_NUMBER)?;
    if value.is_nan() || text.trim_start_matches(['+', '-']).starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Err(NOT_A_NUMBER);
    }
    if value.abs() > LARGEST_INTEGER as f64 {
        return Err(TOO_LARGE);
    }
    // Within ±(2^53 − 1) the conversion is exact.
    Ok(if value.fract() == 0.0 { Cell::Integer(value as i64) } else { Cell::Real(value) })
}

fn boolean(text: &str) -> Result<Cell, Reason> {
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match (is(["true", "yes", "1"]), is(["false", "no", "0"])) {
        (true, _) => Ok(Cell::Boolean(true)),
        (_, true) => Ok(Cell::Boolean(false)),
        _ => Err(NOT_A_BOOLEAN),
    }
}

/// JSON text as its canonical text.
fn canonical(json: &str) -> Result<Cell, Reason> {
    let value = unique::value(json).map_err(|error| Cow::Owned(error.to_string()))?;
    let bytes = to_bytes(&value).map_err(|error| Cow::Owned(error.to_string()))?;
    String::from_utf8(bytes).map(Cell::Text).map_err(|error| Cow::Owned(error.to_string()))
}

#[cfg(test)]
mod tests;
