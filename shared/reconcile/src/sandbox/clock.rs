//! The functions of date and time, without the clock. See `docs/decisions/0002-queries-without-a-clock.md`.
//!
//! SQLite's own functions read the clock when they get no time value, or `now`, `subsec` or `subsecond` as one, and the
//! machine's time zone on the modifiers `localtime` and `utc` (<https://www.sqlite.org/lang_datefunc.html>). Such a text
//! may come out of a row, so it is looked for in the arguments, not in the query. Everything else is what stock SQLite
//! gives, because stock SQLite is asked, on a connection of its own.

use super::watch::Watch;
use rusqlite::{
    Connection, Error,
    functions::{Context, FunctionFlags},
    types::{ToSqlOutput, Value, ValueRef},
};
use std::sync::{Arc, Mutex, PoisonError};

/// Name, number of arguments (-1: any), and which arguments are time values; what follows them are modifiers.
const FUNCTIONS: [(&str, i32, std::ops::Range<usize>); 7] = [
    ("date", -1, 0..1),
    ("time", -1, 0..1),
    ("datetime", -1, 0..1),
    ("julianday", -1, 0..1),
    ("unixepoch", -1, 0..1),
    ("strftime", -1, 1..2),
    ("timediff", 2, 0..2),
];

/// Replaces the functions of date and time on `connection`.
pub(super) fn replace(connection: &Connection, watch: &Watch) -> rusqlite::Result<()> {
    let stock = Arc::new(Mutex::new(Connection::open_in_memory()?));
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for (name, arguments, time_values) in FUNCTIONS {
        let (stock, watch) = (Arc::clone(&stock), watch.clone());
        connection.create_scalar_function(name, arguments, flags, move |context| {
            if let Some(asked) = clock_asked(context, &time_values) {
                let what = refusal(&asked);
                watch.refuse(name, what.clone());
                return Err(Error::UserFunctionError(what.into()));
            }
            ask(&stock.lock().unwrap_or_else(PoisonError::into_inner), name, context)
        })?;
    }
    Ok(())
}

/// Why what `asked` for is refused.
pub(super) fn refusal(asked: &str) -> String {
    format!("it must not ask for the time or the time zone ({asked}): use :period_start, :period_end or a column")
}

/// What in the arguments asks for the clock or the time zone, if anything does.
fn clock_asked(context: &Context<'_>, time_values: &std::ops::Range<usize>) -> Option<String> {
    if context.len() < time_values.end {
        return Some("no time value".to_owned());
    }
    let asks = |index: usize| {
        let words: &[&str] = match index {
            _ if index < time_values.start => &[],
            _ if index < time_values.end => &["now", "subsec", "subsecond"],
            _ => &["localtime", "utc"],
        };
        let text = text_of(context.get_raw(index));
        words.iter().find(|word| text.eq_ignore_ascii_case(word.as_bytes())).map(|word| format!("'{word}'"))
    };
    (0..context.len()).find_map(asks)
}

/// The bytes that SQLite compares: a text, or bytes taken as one, up to the first zero.
fn text_of(value: ValueRef<'_>) -> &[u8] {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.split(|byte| *byte == 0).next().unwrap_or_default(),
        _ => &[],
    }
}

fn ask(stock: &Connection, name: &str, context: &Context<'_>) -> rusqlite::Result<Value> {
    let places = vec!["?"; context.len()].join(",");
    let mut statement = stock.prepare_cached(&format!("SELECT {name}({places})"))?;
    for index in 0..context.len() {
        statement.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(context.get_raw(index)))?;
    }
    let mut rows = statement.raw_query();
    rows.next()?.map_or(Ok(Value::Null), |row| row.get(0))
}
