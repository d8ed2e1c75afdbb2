//! Cells of evidence as values of SQLite, and back.

use domain::{
    canonical::LARGEST_INTEGER,
    evidence::{Cell, ColumnKind},
};
use rusqlite::types::{ToSqlOutput, ValueRef};

/// The type of a column that holds `kind`. Booleans are 0 and 1, times and JSON are text.
pub(crate) fn affinity(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text | ColumnKind::Time | ColumnKind::Json => "TEXT",
        ColumnKind::Integer | ColumnKind::Boolean => "INTEGER",
        ColumnKind::Real => "REAL",
    }
}

/// The kind as catalogs write it.
pub(crate) fn kind_name(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "text",
        ColumnKind::Integer => "integer",
        ColumnKind::Real => "real",
        ColumnKind::Boolean => "boolean",
        ColumnKind::Time => "time",
        ColumnKind::Json => "json",
    }
}

/// What a cell holds, for messages.
pub(crate) fn name_of(cell: &Cell) -> &'static str {
    match cell {
        Cell::Null => "nothing",
        Cell::Boolean(_) => "a boolean",
        Cell::Integer(_) => "an integer",
        Cell::Real(_) => "a real",
        Cell::Text(_) => "text",
    }
}

/// Whether a column of `kind` may hold `cell`. A number that a double does not carry exactly is text in evidence.
pub(crate) fn fits(kind: ColumnKind, cell: &Cell) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Boolean(_) => kind == ColumnKind::Boolean,
        Cell::Integer(_) => matches!(kind, ColumnKind::Integer | ColumnKind::Real),
        Cell::Real(_) => kind == ColumnKind::Real,
        Cell::Text(_) => kind != ColumnKind::Boolean,
    }
}

/// The cell as SQLite holds it.
pub(crate) fn to_sql(cell: &Cell) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match cell {
        Cell::Null => ValueRef::Null,
        Cell::Boolean(value) => ValueRef::Integer(i64::from(*value)),
        Cell::Integer(value) => ValueRef::Integer(*value),
        Cell::Real(value) => ValueRef::Real(*value),
        Cell::Text(value) => ValueRef::Text(value.as_bytes()),
    })
}

/// The value as a cell that reads back from canonical JSON to itself. Fails for what JSON cannot hold.
pub(crate) fn from_sql(value: ValueRef<'_>) -> Result<Cell, &'static str> {
    match value {
        ValueRef::Null => Ok(Cell::Null),
        ValueRef::Integer(value) if value.unsigned_abs() <= LARGEST_INTEGER => Ok(Cell::Integer(value)),
        ValueRef::Integer(value) => Ok(Cell::Text(value.to_string())),
        ValueRef::Real(value) if value.is_finite() => Ok(number(value)),
        ValueRef::Real(_) => Err("a number without end: divide by something else than 0"),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(Cell::Text(text.to_owned())),
            Err(_) => Err("text that is not UTF-8: use hex()"),
        },
        ValueRef::Blob(_) => Err("bytes: use hex()"),
    }
}

/// A double without a fraction is written as an integer in canonical JSON, and so is one here.
fn number(value: f64) -> Cell {
    const SMALLEST_WITH_EXPONENT: f64 = 1e21;
    let whole = format!("{value:.0}");
    let is_whole = value.fract().abs() <= 0.0 && value.abs() < SMALLEST_WITH_EXPONENT;
    match whole.parse::<i64>() {
        _ if !is_whole => Cell::Real(value),
        Ok(whole) if whole.unsigned_abs() <= LARGEST_INTEGER => Cell::Integer(whole),
        _ => Cell::Text(whole),
    }
}
