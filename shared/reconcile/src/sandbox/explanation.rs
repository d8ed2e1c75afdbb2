//! What an error of SQLite means to the person who wrote the query.

use super::{LARGEST, watch::Watch};
use crate::ReconcileError;
use rusqlite::{Error, ErrorCode, limits::Limit};

/// What `error` means for `sql`, with what the callbacks saw.
pub(super) fn explain(watch: &Watch, sql: &str, error: Error) -> ReconcileError {
    if let Some((word, what)) = watch.refused() {
        return ReconcileError::Forbidden { line: line_of_word(sql, &word), what };
    }
    if let Some(limit) = watch.stopped() {
        return ReconcileError::Limit { limit };
    }
    match error {
        Error::SqlInputError { msg, offset, .. } => {
            ReconcileError::Sql { line: line_of(sql, offset, &msg), message: msg }
        }
        Error::MultipleStatement => {
            let what = "there is more than one statement: a query is one".to_owned();
            ReconcileError::Forbidden { line: first_line(sql), what }
        }
        Error::SqliteFailure(failure, _) if failure.code == ErrorCode::TooBig => too_big(sql),
        // The general code of SQLite, which is what a query of one's own making gets.
        Error::SqliteFailure(failure, Some(message)) if failure.code == ErrorCode::Unknown => {
            ReconcileError::Sql { line: line_of(sql, -1, &message), message }
        }
        other => ReconcileError::Database(other),
    }
}

fn too_big(sql: &str) -> ReconcileError {
    let largest = |wanted: Limit| {
        let found = LARGEST.iter().find(|(limit, ..)| *limit as i32 == wanted as i32);
        found.map_or((0, "bytes"), |(_, value, what)| (*value, *what))
    };
    let of_query = largest(Limit::SQLITE_LIMIT_SQL_LENGTH);
    let is_query = i32::try_from(sql.len()).is_ok_and(|length| length > of_query.0);
    let (value, what) = if is_query { of_query } else { largest(Limit::SQLITE_LIMIT_LENGTH) };
    ReconcileError::Limit { limit: format!("{value} {what}") }
}

/// The line of an error; SQLite tells no offset, -1, for a table that is not there, but its name, behind the last colon.
fn line_of(sql: &str, offset: i32, message: &str) -> usize {
    match usize::try_from(offset) {
        Ok(offset) => sql.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1,
        Err(_) => line_of_word(sql, message.rsplit(": ").next().unwrap_or(message)),
    }
}

/// The line on which the statement starts, behind blank lines and comments.
pub(crate) fn first_line(sql: &str) -> usize {
    let is_code = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with("--");
    sql.lines().position(is_code).map_or(1, |index| index + 1)
}

/// The first line outside comments that has `word`; the first of the statement where none has it.
pub(super) fn line_of_word(sql: &str, word: &str) -> usize {
    let word = word.to_ascii_lowercase();
    let has = |line: &str| line.split("--").next().is_some_and(|code| code.to_ascii_lowercase().contains(&word));
    sql.lines().position(has).map_or_else(|| first_line(sql), |index| index + 1)
}
