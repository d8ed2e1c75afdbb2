//! Work in the background: one thing after the other, on a thread of its own, so that answering goes on meanwhile, and ending the process
//! does not wait for it.

use runtime::caught;
use std::{
    future::Future,
    io,
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
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

    /// Gives the thread a piece of work, or back when too much waits already.
    pub(super) fn give(&self, piece: T) -> Result<(), T> {
        self.queue.try_send(piece).map_err(|error| match error {
            TrySendError::Full(piece) | TrySendError::Disconnected(piece) => piece,
        })
    }
}

fn go_through<T, F: Future<Output = ()>>(
    runtime: &tokio::runtime::Runtime,
    pieces: &Receiver<T>,
    act: impl Fn(T) -> F,
) {
    for piece in pieces {
        // What it was is told by the panic itself; the next piece is none of its business.
        drop(runtime.block_on(caught(act(piece))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_piece_of_work_that_panics_does_not_keep_the_next_from_being_done() {
        let (done, told) = channel();
        let act = move |piece: u8| {
            let done = done.clone();
            async move {
                assert_ne!(piece, 1, "planted");
                done.send(piece).unwrap();
            }
        };
        let worker = Worker::start("planted", 4, act).unwrap();
        (1..=2).for_each(|piece| worker.give(piece).unwrap());
        assert_eq!(told.recv_timeout(std::time::Duration::from_secs(60)), Ok(2));
    }
}
