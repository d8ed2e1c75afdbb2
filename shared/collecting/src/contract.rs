//! What every collector is: it asks one kind of source for one slot, and judges nothing.

use crate::{Budget, CollectError, Order};
use domain::{Actor, Timestamp, evidence::Written};
use runtime::Clock;
use std::{
    fs::File,
    io::{self, BufWriter},
};
use storage::Spool;

/// A collector. There is one for each kind of source, and whoever runs several kinds chooses by [`Order::access`].
pub trait Fetch: Clone + Send + Sync + 'static {
    /// Asks the source of `order` and writes the evidence document to `spool`.
    ///
    /// What was received is kept as it was received; rows are those that the query declares, all of them: an answer that may lack some is an error.
    /// Called again for the same order it asks again, and nothing but that may come of it.
    fn fetch(
        &self,
        order: &Order,
        asking: &Asking<'_>,
        spool: Spool,
    ) -> impl Future<Output = Result<Fetched, CollectError>> + Send;
}

/// Who asks, when, and with how much memory.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The identity that asks.
    pub actor: &'a Actor,
    /// When the slot was begun: the time that stands in the evidence.
    pub executed_at: Timestamp,
    /// The time, while it goes on.
    pub clock: Clock,
    /// Until when the source has to have answered: after it somebody else may begin.
    pub deadline: Timestamp,
    /// Memory that slots which are collected at once share.
    pub budget: &'a Budget,
}

/// A written evidence document.
#[derive(Debug)]
pub struct Fetched {
    /// Where it is.
    pub spool: Spool,
    /// Its digest, length and rows.
    pub written: Written<()>,
}

impl Fetched {
    // What is written to the spool at once.
    pub(crate) const PIECE: usize = 256 << 10;

    /// What `write` writes to a spool, as [`crate::write_evidence`] does.
    pub fn written(
        spool: Spool,
        write: impl FnOnce(BufWriter<&File>) -> Result<Written<BufWriter<&File>>, CollectError>,
    ) -> Result<Self, CollectError> {
        let Written { out, digest, length, row_count } = write(BufWriter::with_capacity(Self::PIECE, spool.as_file()))?;
        drop(out);
        Ok(Self { spool, written: Written { out: (), digest, length, row_count } })
    }
}

/// Runs `work`, which blocks, on a thread of its own.
pub async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CollectError> + Send + 'static,
) -> Result<T, CollectError> {
    let ended = tokio::task::spawn_blocking(work).await;
    // A thread that did not end tells nothing; asking again finds out.
    ended.unwrap_or_else(|error| Err(CollectError::Output(io::Error::other(error))))
}
