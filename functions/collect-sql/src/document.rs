//! The evidence document, row by row: nothing of it is held.

use crate::{
    ask::{Ask, Facts},
    value::Value,
};
use catalog::SourceQuery;
use collecting::{CollectError, Fetched, Place};
use domain::{
    Slot,
    evidence::{Cell, EvidenceWriter, Preamble, Written},
};
use std::{
    fs::File,
    io::{self, BufWriter},
};
use storage::Spool;

// What is written to the spool at once.
const PIECE: usize = 256 << 10;

/// A document that is being written.
pub(crate) struct Document {
    writer: EvidenceWriter<BufWriter<File>>,
    slot: Slot,
    spool: Spool,
}

/// What a document needs to begin, to be sent to the thread that writes it.
pub(crate) struct Beginning {
    spool: Spool,
    preamble: Preamble,
    slot: Slot,
}

impl Beginning {
    /// A document in `spool` for what is asked.
    pub(crate) fn new(ask: &Ask, facts: &Facts, spool: Spool) -> Self {
        Self { spool, preamble: ask.preamble(facts), slot: ask.order.slot.clone() }
    }
}

impl Document {
    /// Begins a document. Blocks, as everything here.
    pub(crate) fn begin(Beginning { spool, preamble, slot }: Beginning) -> Result<Self, CollectError> {
        let begun = || -> io::Result<_> {
            let file = spool.as_file().try_clone()?;
            EvidenceWriter::begin(BufWriter::with_capacity(PIECE, file), &preamble)
        };
        let writer = begun().map_err(CollectError::Output)?;
        Ok(Self { writer, slot, spool })
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: &[Cell]) -> Result<(), CollectError> {
        self.writer.row(cells).map_err(CollectError::Output)
    }

    /// Ends it, with the source's own count of its rows where it gives one.
    pub(crate) fn finish(self, source_count: Option<u64>) -> Result<Fetched, CollectError> {
        let written = self.writer.finish(&self.slot, source_count).map_err(CollectError::Output)?;
        let Written { digest, length, row_count, .. } = written;
        Ok(Fetched { spool: self.spool, written: Written { out: (), digest, length, row_count } })
    }
}

/// Which column of an answer each declared column is, and how its values become cells.
#[derive(Debug)]
pub(crate) struct Columns {
    /// For each declared column its place in the answer; none for one that may be absent and is.
    pub(crate) places: Vec<Option<usize>>,
    query: SourceQuery,
    endpoint: String,
    rows: u64,
}

impl Columns {
    /// Finds each declared column among `names`, those of the answer.
    pub(crate) fn find<S: AsRef<str>>(ask: &Ask, names: &[S]) -> Result<Self, CollectError> {
        let query = &ask.order.query;
        let places = query.columns.iter().map(|declared| {
            let mut found = names.iter().enumerate().filter(|(_, name)| name.as_ref() == declared.from);
            match (found.next(), found.next()) {
                (Some((place, _)), None) => Ok(Some(place)),
                (None, _) if !declared.required => Ok(None),
                (Some(_), Some(_)) => Err(ask.unusable(&format!(
                    "it has two columns {:?}: give one of them another name with AS",
                    declared.from
                ))),
                (None, _) => {
                    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
                    let names = names.join(", ");
                    Err(ask.unusable(&format!("it has no column {:?}; it has {names}: name it with AS", declared.from)))
                }
            }
        });
        let places = places.collect::<Result<_, _>>()?;
        Ok(Self { places, query: query.clone(), endpoint: ask.endpoint.clone(), rows: 0 })
    }

    /// How many cells a row has.
    pub(crate) fn width(&self) -> usize {
        self.places.len()
    }

    /// How many rows there were.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Makes the next row: `value` gives the value of a place in the answer, and the cells are put behind those in `into`.
    pub(crate) fn row<'v>(
        &mut self,
        into: &mut Vec<Cell>,
        mut value: impl FnMut(usize) -> Result<Value<'v>, String>,
    ) -> Result<(), CollectError> {
        self.rows += 1;
        for (declared, place) in self.query.columns.iter().zip(&self.places) {
            let mut cell = Cell::Null;
            if let Some(place) = place {
                let put = value(*place).and_then(|value| {
                    value.put(declared.column.kind, &self.query.null, &mut cell).map_err(|reason| reason.into_owned())
                });
                put.map_err(|reason| self.wrong(&declared.column.name, reason))?;
            }
            into.push(cell);
        }
        Ok(())
    }

    fn wrong(&self, column: &str, reason: String) -> CollectError {
        CollectError::Cell {
            file: self.endpoint.clone(),
            place: Place::Row { row: self.rows, line: None },
            column: column.to_owned(),
            reason,
        }
    }
}

/// Refuses an answer whose rows are not as many as the source counts.
pub(crate) fn check_count(ask: &Ask, counted: Option<u64>, received: u64) -> Result<(), CollectError> {
    match counted {
        Some(counted) if counted != received => {
            Err(ask.unusable(&format!("it counts {counted} rows in the same snapshot and gave {received}")))
        }
        _ => Ok(()),
    }
}
