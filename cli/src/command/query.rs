//! `exhibit query`

use super::Output;
use crate::{CommandError, ExitCode, Home, pipeline};
use catalog::STAGING_COLUMNS;
use clap::Args;
use domain::{QueryEntry, ReportRecord, evidence::Cell};
use reconcile::Limits;
use serde::Serialize;
use std::io::Write as _;

#[derive(Debug, Args)]
pub(super) struct Query {
    /// The report whose frozen evidence is asked: its id, or the first digits of it.
    #[arg(long, value_name = "ID")]
    report: String,
    /// One SELECT. Without it, the tables and their columns are listed. A table holds the rows of every control and period that
    /// asked the question: restrict control_id and period_end where that matters.
    sql: Option<String>,
    /// The largest answer, in rows. A larger one is an error, never a shortened answer.
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    rows: usize,
    /// The longest wait, in seconds.
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u64,
}

// Enough for a scan of some hundred million rows; what bounds a person's wait is `seconds`.
const STEPS: u64 = 20_000_000_000;

#[derive(Serialize)]
struct Answer {
    report_id: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// A staging table, for who wants to ask it.
#[derive(Serialize)]
struct StagingTable {
    table: String,
    answers: String,
    columns: Vec<String>,
}

async fn list_tables(home: &Home, record: &ReportRecord, output: &Output) -> Result<ExitCode, CommandError> {
    let content = super::report::content(home, record).await?;
    let own = STAGING_COLUMNS.map(|(name, _)| name.to_owned());
    let staged = content.queries.iter().filter(|query| !query.columns.is_empty());
    let table = |query: &QueryEntry| StagingTable {
        table: query.query.as_str().replace('-', "_"),
        answers: query.answers.clone(),
        columns: own.iter().cloned().chain(query.columns.iter().map(|column| column.name.clone())).collect(),
    };
    let tables: Vec<_> = staged.map(table).collect();
    for StagingTable { table, answers, columns } in &tables {
        output.say(format!("{table}: {answers}"));
        output.say(format!("    {}", columns.join(", ")));
    }
    output.say("evidence: Every piece of evidence that the report rests on.");
    output.answer(&tables)?;
    Ok(ExitCode::Done)
}

impl Query {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let record = pipeline::find(home, &self.report).await?;
        let Some(sql) = &self.sql else { return list_tables(home, &record, output).await };
        let mut staging = tempfile::NamedTempFile::new().map_err(CommandError::file("the temporary folder"))?;
        let bytes = home.storage.locker.fetch(&record.staging).await?;
        staging.write_all(&bytes).map_err(CommandError::file(staging.path()))?;
        let limits = Limits { steps: STEPS, rows: self.rows, seconds: Some(self.seconds) };
        let found = reconcile::query(staging.path(), sql, limits)?;
        let text = |row: &Vec<Cell>| row.iter().map(Cell::to_string).collect::<Vec<_>>();
        let rows: Vec<_> = std::iter::once(found.columns.clone()).chain(found.rows.iter().map(text)).collect();
        output.table(&rows);
        output.say(format!("Rows: {}, from the report {}.", found.rows.len(), record.report_id));
        output.answer(&Answer { report_id: record.report_id.to_string(), columns: found.columns, rows: found.rows })?;
        Ok(ExitCode::Done)
    }
}
