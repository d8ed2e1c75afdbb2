//! Ad hoc questions to a finished staging file.

use crate::{
    ReconcileError,
    sandbox::{Reach, Sandbox},
};
use domain::evidence::Cell;
use std::path::Path;

/// How much a query may cost. Reaching a limit is an error that names it, never a shortened answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Steps of SQLite's virtual machine, to the next thousand; the same query over the same file takes the same steps
    /// anywhere.
    pub steps: u64,
    /// Rows of the answer.
    pub rows: usize,
    /// Seconds by the wall clock, for a person who waits. Never for findings: they have to end the same way anywhere.
    pub seconds: Option<u64>,
}

impl Limits {
    /// For a finding query: a million rows, and some minutes of a slow machine.
    pub const FINDING: Limits = Limits { steps: 10_000_000_000, rows: 1_000_000, seconds: None };
    /// For a question that a person asks and waits for.
    pub const QUESTION: Limits = Limits { steps: 10_000_000_000, rows: 100_000, seconds: Some(60) };
}

/// What a query gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The names of the columns, in order.
    pub columns: Vec<String>,
    /// The rows, each as many cells as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// Answers `sql`, one SELECT without parameters, from the finished staging file at `path`, which is only read.
///
/// It may read every table of the file and its schema, and is held to the same rules as a finding query: no clock, no
/// randomness, nothing that differs from machine to machine. Fails with the line of `sql` where it breaks them.
pub fn query(path: &Path, sql: &str, limits: Limits) -> Result<Answer, ReconcileError> {
    let mut sandbox = Sandbox::open(path, limits)?;
    let tables = sandbox.tables("main")?;
    sandbox.close_doors(Reach::Tables(tables))?;
    sandbox.answer(sql, &[])
}
