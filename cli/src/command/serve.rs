//! `exhibit serve`

use super::{Output, collect::Tally};
use crate::{
    CommandError, ExitCode, Home,
    collection::{Selection, Task, collect_all, due, retries, tasks},
};
use clap::Args;
use domain::{ControlId, Period, Timestamp};
use std::time::Duration;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// How often the schedules are looked at, in seconds.
    #[arg(long, default_value_t = 20, value_name = "N")]
    every: u64,
    /// How many slots are collected at once.
    #[arg(long, default_value_t = 4, value_name = "N")]
    at_once: usize,
}

impl Serve {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        // Listening begins before the first collection, so that a stop is never missed. What a stop cuts off is taken up by
        // the next collection of the slot.
        let stop = Stop::listen().map_err(CommandError::file("the signals"))?;
        output.note(format!("collecting for {} when it is due; stop with Ctrl-C", home.tenant));
        tokio::select! {
            () = stop.heard() => {}
            ended = self.go_on(home, output) => return ended,
        }
        output.note("stopped");
        Ok(ExitCode::Done)
    }

    async fn go_on(&self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        // What came due while nobody served: the newest complete period of every control. What is filled stays as it is.
        self.again(home, output).await?;
        let mut looked_at = home.clock.now();
        loop {
            tokio::time::sleep(Duration::from_secs(self.every.max(1))).await;
            looked_at = self.look(home, looked_at, output).await?;
        }
    }

    // Everything of the newest periods that is not there yet and may be by now.
    async fn again(&self, home: &Home, output: &Output) -> Result<(), CommandError> {
        let tasks = retries(home, home.clock.now()).await?;
        if tasks.is_empty() { Ok(()) } else { self.collect(home, tasks, output).await }
    }

    async fn look(&self, home: &Home, from: Timestamp, output: &Output) -> Result<Timestamp, CommandError> {
        let now = home.clock.now();
        for (control, period) in due(home, from, now) {
            self.collect(home, tasks(home, &selection(control, period), now)?, output).await?;
        }
        self.again(home, output).await?;
        Ok(now)
    }

    // A failure of a source or of the store is told and recorded; serving goes on.
    async fn collect(&self, home: &Home, tasks: Vec<Task>, output: &Output) -> Result<(), CommandError> {
        let all = collect_all(home, tasks, self.at_once, |_| ()).await;
        let tally = Tally::of(&all);
        for failed in &tally.failed {
            output.note(format!("{} {}: {}", failed.evidence_id, failed.error, crate::table::visible(&failed.message)));
        }
        output.note(format!("{} {}", home.clock.now(), tally.sentence()));
        output.line(&tally)
    }
}

fn selection(control: ControlId, period: Period) -> Selection {
    Selection { controls: vec![control], window: Some(period), ..Selection::default() }
}

/// The signals that end serving: what a person types, and what a supervisor sends.
#[cfg(unix)]
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn heard(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn heard(self) {
        drop(tokio::signal::ctrl_c().await);
    }
}
