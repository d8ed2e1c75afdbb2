//! An answer in the format JSONCompactEachRowWithNamesAndTypes: a line of names, a line of types, and a line for each row.

use super::failed;
use crate::ask::Ask;
use collecting::CollectError;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io::{BufRead as _, BufReader, Read as _};
use ureq::{Body, BodyReader, http::Response};

// The longest line that is read: a row.
const LONGEST: u64 = 64 << 20;

/// An answer that is being read.
pub(super) struct Answer {
    /// The names of its columns.
    pub(super) names: Vec<String>,
    /// Their types.
    pub(super) types: Vec<String>,
    /// How many rows the server counts, where it does.
    pub(super) counted: Option<u64>,
    lines: BufReader<BodyReader<'static>>,
    line: Vec<u8>,
}

/// What the header `X-ClickHouse-Summary` says when the server was done.
#[derive(Debug, Deserialize)]
struct Summary {
    result_rows: Option<String>,
}

impl Answer {
    /// Reads names and types.
    pub(super) fn begin(ask: &Ask, response: Response<Body>) -> Result<Self, CollectError> {
        let summary = response.headers().get("x-clickhouse-summary").and_then(|summary| summary.to_str().ok());
        let summary = summary.and_then(|summary| serde_json::from_str::<Summary>(summary).ok());
        let counted = summary.and_then(|summary| summary.result_rows?.parse().ok());
        let lines = BufReader::with_capacity(256 << 10, response.into_body().into_reader());
        let mut answer = Self { names: Vec::new(), types: Vec::new(), counted, lines, line: Vec::new() };
        answer.names = answer.texts(ask)?;
        answer.types = answer.texts(ask)?;
        if answer.names.len() != answer.types.len() || answer.names.is_empty() {
            return Err(ask.unusable("the statement gives no rows"));
        }
        Ok(answer)
    }

    fn texts(&mut self, ask: &Ask) -> Result<Vec<String>, CollectError> {
        match self.next_line(ask)? {
            Some(line) => serde_json::from_slice(line).map_err(|_| failed::in_body(ask, line)),
            None => Err(ask.unusable("it broke off before its first row")),
        }
    }

    /// The values of the next row, each as it is written; none at the end.
    pub(super) fn next_row(&mut self, ask: &Ask) -> Result<Option<Vec<&RawValue>>, CollectError> {
        let Some(line) = self.next_line(ask)? else { return Ok(None) };
        serde_json::from_slice(line).map(Some).map_err(|_| failed::in_body(ask, line))
    }

    fn next_line(&mut self, ask: &Ask) -> Result<Option<&[u8]>, CollectError> {
        self.line.clear();
        let read = self.lines.by_ref().take(LONGEST).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| failed::while_reading(ask, &error))?;
        match (read, self.line.last()) {
            (0, _) => Ok(None),
            (_, Some(b'\n')) => Ok(Some(&self.line)),
            (_, _) if read as u64 == LONGEST => Err(ask.unusable("a row of it is longer than 64 MiB")),
            // Each row ends with a line end: without it, it was cut.
            _ => Err(failed::in_body(ask, &self.line)),
        }
    }
}
