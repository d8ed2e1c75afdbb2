//! Rows from an asynchronous answer to a document, which is written on a thread of its own.

use crate::document::{Beginning, Document};
use collecting::{CollectError, Fetched, on_a_thread};
use domain::evidence::Cell;
use std::{io, mem};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinHandle,
};

// Cells and bytes that are sent at once, and how often that may wait for the disk: some megabytes at most.
const CELLS: usize = 4096;
const BYTES: usize = 1 << 20;
const WAITING: usize = 4;

enum Part {
    Rows(Vec<Cell>),
    End(Option<u64>),
}

/// A document at the end of a channel.
pub(crate) struct Stream {
    parts: Sender<Part>,
    writing: JoinHandle<Result<Fetched, CollectError>>,
    /// Cells that were not sent yet.
    pub(crate) cells: Vec<Cell>,
    width: usize,
    looked_at: usize,
    bytes: usize,
}

impl Stream {
    /// Begins a document of rows of `width` cells.
    pub(crate) fn begin(beginning: Beginning, width: usize) -> Self {
        let (parts, received) = channel(WAITING);
        let writing = tokio::spawn(on_a_thread(move || write(beginning, received, width)));
        Self { parts, writing, cells: Vec::with_capacity(CELLS + width), width, looked_at: 0, bytes: 0 }
    }

    /// Sends what was put into `cells`, when it is enough.
    pub(crate) async fn row(&mut self) -> Result<(), CollectError> {
        self.bytes += self.cells.iter().skip(self.looked_at).map(length).sum::<usize>();
        self.looked_at = self.cells.len();
        if self.cells.len() < CELLS && self.bytes < BYTES {
            return Ok(());
        }
        self.send().await
    }

    async fn send(&mut self) -> Result<(), CollectError> {
        let rows = mem::replace(&mut self.cells, Vec::with_capacity(CELLS + self.width));
        (self.looked_at, self.bytes) = (0, 0);
        // Why nobody listens any more is told at the end.
        self.parts
            .send(Part::Rows(rows))
            .await
            .map_err(|_| CollectError::Output(io::Error::other("the document was not written")))
    }

    /// Ends the document. Dropped before that, it is none.
    pub(crate) async fn finish(mut self, source_count: Option<u64>) -> Result<Fetched, CollectError> {
        if !self.cells.is_empty() && self.send().await.is_ok() || self.cells.is_empty() {
            let _ = self.parts.send(Part::End(source_count)).await;
        }
        drop(self.parts);
        self.writing.await.unwrap_or_else(|error| Err(CollectError::Output(io::Error::other(error))))
    }
}

fn length(cell: &Cell) -> usize {
    if let Cell::Text(text) = cell { text.len() } else { 0 }
}

fn write(beginning: Beginning, mut parts: Receiver<Part>, width: usize) -> Result<Fetched, CollectError> {
    let mut document = Document::begin(beginning)?;
    while let Some(part) = parts.blocking_recv() {
        match part {
            Part::Rows(cells) => cells.chunks(width.max(1)).try_for_each(|row| document.row(row))?,
            Part::End(source_count) => return document.finish(source_count),
        }
    }
    Err(CollectError::Output(io::Error::other("the answer broke off")))
}
