//! SQLite: a file below the sources' root, opened for reading only.

mod file;
mod permission;

use crate::{
    ask::{Ask, Facts},
    document::{Beginning, Columns, Document, check_count},
    parameter::Parameter,
    value::Value,
};
use collecting::{CollectError, Fetched, Pace, on_a_thread};
use domain::evidence::Cell;
use file::File;
use rusqlite::{Connection, ErrorCode, Statement, ffi, types::ValueRef};
use std::{path::PathBuf, time::Instant};
use storage::Spool;

/// Asks, and writes the answer to `spool`.
pub(crate) async fn fetch(ask: Ask, root: PathBuf, pace: &Pace, spool: Spool) -> Result<Fetched, CollectError> {
    ask.turn(pace).await?;
    on_a_thread(move || {
        let file = File::find(&root, &ask.access.address)?;
        let connection = open(&ask, &file).map_err(|error| failed(&ask, &error))?;
        let fetched = Reading { ask: &ask, connection }.fetch(spool)?;
        file.refuse_change(&ask)?;
        Ok(fetched)
    })
    .await
}

/// A connection in one transaction, so that what is counted is what is read; which can only read, and stops when it takes too long.
fn open(ask: &Ask, file: &File) -> rusqlite::Result<Connection> {
    let mut connection = file.open()?;
    connection.execute_batch("BEGIN")?;
    permission::close_doors(&mut connection)?;
    let end = Instant::now() + ask.time_left();
    connection.progress_handler(1000, Some(move || Instant::now() >= end))?;
    Ok(connection)
}

struct Reading<'a> {
    ask: &'a Ask,
    connection: Connection,
}

impl Reading<'_> {
    fn fetch(self, spool: Spool) -> Result<Fetched, CollectError> {
        let wrong = |error: rusqlite::Error| failed(self.ask, &error);
        let facts = Facts::from([
            ("engine_version", format!("SQLite {}", rusqlite::version())),
            ("isolation_level", "serializable, read only".to_owned()),
        ]);
        let counted = self.count()?;
        let mut statement = self.prepare(&self.ask.statement.text)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut columns = Columns::find(self.ask, &names)?;
        let mut document = Document::begin(Beginning::new(self.ask, &facts, spool))?;
        let mut cells = Vec::with_capacity(columns.width());
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(wrong)? {
            cells.clear();
            columns.row(&mut cells, |place| row.get_ref(place).map_err(|error| error.to_string()).and_then(value))?;
            document.row(&cells)?;
        }
        check_count(self.ask, Some(counted), columns.rows())?;
        document.finish(Some(counted))
    }

    fn count(&self) -> Result<u64, CollectError> {
        let wrong = |error: rusqlite::Error| failed(self.ask, &error);
        // A statement of SQLite always can be counted: it does not begin with SHOW.
        let text = self.ask.statement.count.as_deref().unwrap_or_default();
        let mut statement = self.prepare(text)?;
        let mut rows = statement.raw_query();
        let counted = rows.next().map_err(wrong)?.and_then(|row| row.get::<_, u64>(0).ok());
        counted.ok_or_else(|| self.ask.unusable("it could not count its rows"))
    }

    fn prepare(&self, text: &str) -> Result<Statement<'_>, CollectError> {
        let wrong = |error: rusqlite::Error| failed(self.ask, &error);
        let mut statement = self.connection.prepare(text).map_err(wrong)?;
        if !statement.readonly() || statement.is_explain() != 0 || statement.column_count() == 0 {
            return Err(self.ask.unusable("the statement does more than read"));
        }
        for index in 1..=statement.parameter_count() {
            let name = statement.parameter_name(index).unwrap_or_default().trim_start_matches(':').to_owned();
            let known = self.ask.parameters.get(&name);
            let value =
                known.ok_or_else(|| self.ask.unusable(&format!("there is no parameter {name:?}: write :name")))?;
            bind(&mut statement, index, value).map_err(wrong)?;
        }
        Ok(statement)
    }
}

fn bind(statement: &mut Statement<'_>, index: usize, value: &Parameter) -> rusqlite::Result<()> {
    match value {
        Parameter::Instant(instant) => statement.raw_bind_parameter(index, instant.to_string()),
        Parameter::Declared(Cell::Null) => statement.raw_bind_parameter(index, rusqlite::types::Null),
        Parameter::Declared(Cell::Boolean(value)) => statement.raw_bind_parameter(index, value),
        Parameter::Declared(Cell::Integer(value)) => statement.raw_bind_parameter(index, value),
        Parameter::Declared(Cell::Real(value)) => statement.raw_bind_parameter(index, value),
        Parameter::Declared(Cell::Text(value)) => statement.raw_bind_parameter(index, value),
    }
}

fn value(found: ValueRef<'_>) -> Result<Value<'_>, String> {
    Ok(match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(bytes) => Value::Text(std::str::from_utf8(bytes).map_err(|_| "this text is not UTF-8")?.into()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes),
    })
}

fn failed(ask: &Ask, error: &rusqlite::Error) -> CollectError {
    let text = ask.said(&error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => ask.too_slow(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::SystemIoFailure) => ask.unanswered(&text),
        Some(ErrorCode::AuthorizationForStatementDenied) => ask.unusable(&format!("{text}: a query only reads")),
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => ask.refused(&text),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            ask.unusable(&format!("{text}: deliver a whole copy"))
        }
        Some(ErrorCode::ReadOnly) if is_hot(error) => ask.unanswered(
            "a writer left a journal beside the file: let it finish, or deliver a copy made with VACUUM INTO",
        ),
        _ => ask.unusable(&text),
    }
}

// A journal that has to be played back before the file can be read, which only a writer may do.
fn is_hot(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_READONLY_ROLLBACK)
}
