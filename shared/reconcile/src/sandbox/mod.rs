//! A connection on which one query may be answered: it reads what it is shown, and can do nothing else.

mod clock;
mod explanation;
mod permission;
mod watch;

use crate::{Answer, Limits, ReconcileError, cell};
pub(crate) use explanation::first_line;
use explanation::line_of_word;
pub(crate) use permission::Reach;
use rusqlite::{Connection, OpenFlags, Row, Statement, config::DbConfig, hooks::AuthContext, limits::Limit};
use std::{collections::BTreeSet, path::Path};
use watch::Watch;

/// A closed room with a staging file in it.
pub(crate) struct Sandbox {
    connection: Connection,
    watch: Watch,
    limits: Limits,
}

/// The largest value or statement, and the largest shapes of a statement, that a query may have.
const LARGEST: [(Limit, i32, &str); 10] = [
    (Limit::SQLITE_LIMIT_LENGTH, 16 << 20, "bytes in one value"),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000, "bytes in a query"),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200, "nested expressions"),
    (Limit::SQLITE_LIMIT_COLUMN, 500, "columns"),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 50, "parts of a UNION"),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 64, "arguments"),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000, "bytes in a pattern"),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 16, "parameters"),
    (Limit::SQLITE_LIMIT_ATTACHED, 0, "attached databases"),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0, "threads"),
];

/// All texts of an answer together.
const LARGEST_ANSWER: usize = 512 << 20;

impl Sandbox {
    /// Opens the finished staging file at `path`, for reading.
    pub(crate) fn open(path: &Path, limits: Limits) -> Result<Sandbox, ReconcileError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Sandbox { connection: Connection::open_with_flags(path, flags)?, watch: Watch::default(), limits })
    }

    /// A room without a staging file.
    pub(crate) fn empty(limits: Limits) -> Result<Sandbox, ReconcileError> {
        Ok(Sandbox { connection: Connection::open_in_memory()?, watch: Watch::default(), limits })
    }

    /// Opens the finished staging file at `path`, for reading, under the name `schema` instead of `main`.
    pub(crate) fn open_as(path: &Path, schema: &str, limits: Limits) -> Result<Sandbox, ReconcileError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(":memory:", flags)?;
        connection.execute(&format!("ATTACH ?1 AS \"{schema}\""), [path.to_string_lossy()])?;
        Ok(Sandbox { connection, watch: Watch::default(), limits })
    }

    /// The names of the tables in `schema`.
    pub(crate) fn tables(&self, schema: &str) -> Result<BTreeSet<String>, ReconcileError> {
        self.texts(&format!("SELECT name FROM \"{schema}\".sqlite_schema WHERE type = 'table'"))
    }

    /// The first column of what `sql`, our own, gives. Only before the doors are closed.
    pub(crate) fn texts(&self, sql: &str) -> Result<BTreeSet<String>, ReconcileError> {
        let mut statement = self.connection.prepare(sql)?;
        let texts = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(texts)
    }

    /// Runs our own statements. Only before the doors are closed.
    pub(crate) fn prepare_room(&self, statements: &[String]) -> Result<(), ReconcileError> {
        statements.iter().try_for_each(|statement| Ok(self.connection.execute_batch(statement)?))
    }

    /// From here on, a statement may only read what `reach` says, call what is pure, and stay inside the limits.
    pub(crate) fn close_doors(&mut self, reach: Reach) -> Result<(), ReconcileError> {
        clock::replace(&self.connection, &self.watch)?;
        for (setting, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            // A misspelt column in double quotes would otherwise be a text.
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        ] {
            self.connection.set_db_config(setting, on)?;
        }
        for (limit, value, _) in LARGEST {
            self.connection.set_limit(limit, value)?;
        }
        self.watch.count_steps(&mut self.connection, self.limits)?;
        let watch = self.watch.clone();
        self.connection
            .authorizer(Some(move |context: AuthContext<'_>| permission::decide(&reach, &watch, &context)))?;
        Ok(())
    }

    /// Answers `sql`, one SELECT, with `parameters` by name.
    pub(crate) fn answer(&self, sql: &str, parameters: &[(&str, String)]) -> Result<Answer, ReconcileError> {
        let explained = |error| explanation::explain(&self.watch, sql, error);
        let mut statement = self.connection.prepare(sql).map_err(explained)?;
        if statement.is_explain() != 0 || !statement.readonly() || statement.column_count() == 0 {
            let what = "a query is one SELECT".to_owned();
            return Err(ReconcileError::Forbidden { line: first_line(sql), what });
        }
        bind(&mut statement, sql, parameters)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut answer = Answer { columns, rows: Vec::new() };
        let mut size = 0;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(explained)? {
            self.take(&mut answer, row, &mut size)?;
        }
        Ok(answer)
    }

    fn take(&self, answer: &mut Answer, row: &Row<'_>, size: &mut usize) -> Result<(), ReconcileError> {
        if answer.rows.len() == self.limits.rows {
            return Err(ReconcileError::Limit { limit: format!("{} rows", self.limits.rows) });
        }
        let mut cells = Vec::with_capacity(answer.columns.len());
        for (index, column) in answer.columns.iter().enumerate() {
            let value = row.get_ref(index)?;
            *size += value.as_bytes_or_null().ok().flatten().map_or(8, <[u8]>::len);
            cells.push(cell::from_sql(value).map_err(|held| {
                let number = answer.rows.len() + 1;
                ReconcileError::Value { row: number, column: column.clone(), held }
            })?);
        }
        answer.rows.push(cells);
        if *size <= LARGEST_ANSWER {
            Ok(())
        } else {
            Err(ReconcileError::Limit { limit: format!("{LARGEST_ANSWER} bytes in an answer") })
        }
    }
}

fn bind(statement: &mut Statement<'_>, sql: &str, parameters: &[(&str, String)]) -> Result<(), ReconcileError> {
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or("?").to_owned();
        let known = parameters.iter().find(|(known, _)| *known == name);
        let (_, value) = known.ok_or_else(|| {
            let names: Vec<&str> = parameters.iter().map(|(name, _)| *name).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(" and ") };
            let message = format!("there is no parameter {name}: the parameters are {names}");
            ReconcileError::Sql { line: line_of_word(sql, &name), message }
        })?;
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(())
}
