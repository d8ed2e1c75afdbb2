//! What happened to a query while SQLite ran it: why it was refused or stopped.

use crate::Limits;
use rusqlite::Connection;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Shared by the callbacks of one connection. SQLite's own errors do not carry this.
#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    refused: Option<(String, String)>,
    stopped: Option<String>,
    steps: u64,
}

/// How many steps SQLite takes between two looks at the limits.
const STRIDE: u32 = 1000;

impl Watch {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a query was refused: the word of the query that asks for it, and what it must not do. The first counts.
    pub(super) fn refuse(&self, word: &str, what: String) {
        self.seen().refused.get_or_insert((word.to_owned(), what));
    }

    pub(super) fn refused(&self) -> Option<(String, String)> {
        self.seen().refused.clone()
    }

    pub(super) fn stopped(&self) -> Option<String> {
        self.seen().stopped.clone()
    }

    /// Stops the queries of `connection` at the limits.
    pub(super) fn count_steps(&self, connection: &mut Connection, limits: Limits) -> rusqlite::Result<()> {
        let watch = self.clone();
        let deadline = limits.seconds.and_then(|seconds| now().checked_add(Duration::from_secs(seconds)));
        connection.progress_handler(STRIDE.cast_signed(), Some(move || watch.step(limits, deadline)))
    }

    fn step(&self, limits: Limits, deadline: Option<Instant>) -> bool {
        let mut seen = self.seen();
        seen.steps += u64::from(STRIDE);
        if seen.steps > limits.steps {
            seen.stopped = Some(format!("{} steps", limits.steps));
        } else if deadline.is_some_and(|deadline| now() >= deadline) {
            seen.stopped = Some(format!("{} seconds", limits.seconds.unwrap_or_default()));
        }
        seen.stopped.is_some()
    }
}

#[expect(clippy::disallowed_methods, reason = "only ends the waiting of a person; a finding has no limit in seconds")]
fn now() -> Instant {
    Instant::now()
}
