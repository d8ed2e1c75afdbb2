//! `exhibit log list` and `exhibit log follow`

use super::{
    super::Output,
    entry::{self, Entry, KINDS},
    newest,
};
use crate::{CommandError, sealing::OwnLog, table::visible};
use clap::Args;
use custody_log::leaf_hash;
use domain::{ControlId, CustodyEvent};
use serde::Serialize;
use std::{convert::Infallible, time::Duration};

#[derive(Debug, Args)]
pub(in crate::command) struct List {
    /// Begin with this entry.
    #[arg(long, default_value_t = 0, value_name = "N")]
    from: u64,
    #[command(flatten)]
    only: Only,
}

#[derive(Debug, Args)]
pub(in crate::command) struct Follow {
    /// Begin with this entry; without it, with the next that comes.
    #[arg(long, value_name = "N")]
    from: Option<u64>,
    #[command(flatten)]
    only: Only,
}

#[derive(Debug, Args)]
struct Only {
    /// Only what is about this control.
    #[arg(long, value_name = "ID")]
    control: Option<ControlId>,
    /// Only events of this kind: evidence-collected, period-sealed, report-stored …
    #[arg(long, value_name = "KIND", value_parser = parse_kind)]
    event: Option<String>,
}

fn parse_kind(text: &str) -> Result<String, String> {
    let kind = text.replace('_', "-");
    if KINDS.contains(&kind.as_str()) { Ok(kind) } else { Err(format!("write one of {}", KINDS.join(", "))) }
}

/// An entry as machines read it.
#[derive(Serialize)]
struct Line<'a> {
    index: u64,
    leaf_hash: String,
    entry: &'a CustodyEvent,
}

// How often the log is looked at while it is followed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl List {
    pub(super) async fn run(self, log: &OwnLog, output: &Output) -> Result<(), CommandError> {
        let size = newest(log).await?.0.checkpoint.size;
        entry::each(log, size, (self.from, size), |entry| self.only.tell(&entry, output)).await
    }
}

impl Follow {
    pub(super) async fn run(self, log: &OwnLog, output: &Output) -> Result<(), CommandError> {
        tokio::select! {
            stopped = tokio::signal::ctrl_c() => stopped.map_err(CommandError::file("the signals")),
            ended = self.go_on(log, output) => ended.map(|never| match never {}),
        }
    }

    async fn go_on(&self, log: &OwnLog, output: &Output) -> Result<Infallible, CommandError> {
        let mut next = self.from;
        loop {
            let size = log.checkpoint().await?.map_or(0, |(opened, _)| opened.checkpoint.size);
            let from = next.unwrap_or(size);
            entry::each(log, size, (from, size), |entry| self.only.tell(&entry, output)).await?;
            next = Some(from.max(size));
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

impl Only {
    fn tell(&self, entry: &Entry, output: &Output) -> Result<(), CommandError> {
        let event = &entry.event;
        let of_control = self.control.is_none() || entry::control(event) == self.control;
        let of_kind = self.event.as_ref().is_none_or(|kind| *kind == entry::kind(event));
        if !of_control || !of_kind {
            return Ok(());
        }
        let (index, at, actor) = (entry.index, event.recorded_at, &event.actor);
        output.say(visible(&format!("{index:>6}  {at}  {actor}  {}", entry::sentence(&event.kind))));
        output.line(&Line { index, leaf_hash: leaf_hash(&entry.bytes).to_string(), entry: event })
    }
}
