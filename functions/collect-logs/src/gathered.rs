//! All that an engine answered, and the evidence document of it.

use catalog::{FileFormat, RowPath};
use collecting::{CollectError, Fetched, Held, Limits, Order, Request, write_answers};
use domain::{
    Actor, Timestamp,
    evidence::{Collector, RawFile},
};
use std::{collections::BTreeMap, ops::Range};
use storage::Spool;

/// What was gathered, and the memory that it takes.
pub(crate) struct Gathered<'a> {
    pub(crate) document: Document,
    pub(crate) held: Held<'a>,
}

/// What is written of it.
pub(crate) struct Document {
    /// What was asked: `POST https://logs.acme.example:9200/_plugins/_ppl`.
    pub(crate) endpoint: String,
    /// What was sent, and what the engine says of the search: `text`, `engine`, `total.hits`.
    pub(crate) parameters: BTreeMap<String, String>,
    /// The answers as they were received, in order.
    pub(crate) raw: Vec<RawFile>,
    pub(crate) rows: Rows,
    /// How many rows the engine itself counts, where it does.
    pub(crate) source_count: Option<u64>,
}

/// Where the rows are.
pub(crate) enum Rows {
    /// In some of the answers, at that path.
    Answers(Range<usize>, RowPath),
    /// In texts that were put together from the answers.
    Composed(FileFormat, Vec<RawFile>),
}

impl Document {
    pub(crate) fn write(
        &self,
        spool: Spool,
        order: &Order,
        actor: &Actor,
        executed_at: Timestamp,
    ) -> Result<Fetched, CollectError> {
        let mut query = order.query.clone();
        let rows = match &self.rows {
            Rows::Answers(range, path) => {
                (query.format, query.rows) = (FileFormat::Json, Some(path.clone()));
                self.raw.get(range.clone()).unwrap_or_default()
            }
            Rows::Composed(format, files) => {
                (query.format, query.rows) = (*format, None);
                files.as_slice()
            }
        };
        let request = Request {
            slot: &order.slot,
            query: &query,
            endpoint: &self.endpoint,
            parameters: &self.parameters,
            collector: &collector(),
            executed_at,
            executed_by: actor,
            source_count: self.source_count,
            limits: Limits::default(),
        };
        let fetched = Fetched::written(spool, |out| write_answers(out, &request, &self.raw, rows))?;
        let came = fetched.written.row_count;
        match self.source_count.filter(|count| *count != came) {
            None => Ok(fetched),
            Some(count) => {
                let reason = format!("the engine counts {count} rows, and {came} came; ask again");
                Err(CollectError::Answer { endpoint: self.endpoint.clone(), reason })
            }
        }
    }
}

fn collector() -> Collector {
    Collector { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
