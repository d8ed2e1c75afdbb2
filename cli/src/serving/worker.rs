//! Work in the background: one thing after the other, on a thread of its own, so that answering goes on meanwhile, and ending the process
//! does not wait for it.

use std::{
    future::Future,
    io,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

/// A thread that does what it is sent.
#[derive(Debug)]
pub(super) struct Worker<T> {
    queue: SyncSender<T>,
}

// Cloning a worker is having another end of the same queue.
impl<T> Clone for Worker<T> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<T: Send + 'static> Worker<T> {
    /// Starts a thread that does each piece of work by `act`. At most `waiting` pieces wait.
    pub(super) fn start<F, A>(name: &str, waiting: usize, act: A) -> io::Result<Self>
    where
        F: Future<Output = ()>,
        A: Fn(T) -> F + Send + 'static,
    {
        let (queue, pieces) = sync_channel(waiting);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let work = move || go_through(&runtime, &pieces, act);
        std::thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { queue })
    }

    /// Gives the thread a piece of work; false when too much waits already.
    pub(super) fn give(&self, piece: T) -> bool {
        self.queue.try_send(piece).is_ok()
    }
}

fn go_through<T, F: Future<Output = ()>>(
    runtime: &tokio::runtime::Runtime,
    pieces: &Receiver<T>,
    act: impl Fn(T) -> F,
) {
    for piece in pieces {
        runtime.block_on(act(piece));
    }
}
