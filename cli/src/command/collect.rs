//! `exhibit collect`

use super::Output;
use crate::{
    CommandError, ExitCode, Home,
    collection::{Collected, Selection, collect_all, tasks},
    sealing::commit_slots,
};
use clap::Args;
use collecting::Outcome;
use domain::{ControlId, EvidenceId, EvidenceState, Failure, Period, SourceId};
use serde::Serialize;
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Debug, Args)]
pub(super) struct Collect {
    /// Only this control; may be given several times.
    #[arg(long, value_name = "ID")]
    pub(super) control: Vec<ControlId>,
    /// Only this source; may be given several times.
    #[arg(long, value_name = "ID")]
    pub(super) source: Vec<SourceId>,
    /// Every slot inside this window: 2026-Q3, 2026-07, 2026-W27, 2026-07-01. Without it, the newest complete period of each control.
    #[arg(long)]
    pub(super) period: Option<Period>,
    /// Read a source from this file or folder instead of where it delivers; may be given several times.
    #[arg(long, value_name = "SOURCE=PATH", value_parser = parse_file)]
    pub(super) file: Vec<(SourceId, PathBuf)>,
    /// How many slots are collected at once.
    #[arg(long, default_value_t = 4, value_name = "N")]
    at_once: usize,
}

fn by_source(given: Vec<(SourceId, PathBuf)>) -> Result<BTreeMap<SourceId, PathBuf>, CommandError> {
    let mut files = BTreeMap::new();
    for (source, path) in given {
        if files.insert(source.clone(), path).is_some() {
            let message = format!("--file is given twice for {source}: put the files into one folder and give that");
            return Err(CommandError::Invalid(message));
        }
    }
    Ok(files)
}

fn parse_file(text: &str) -> Result<(SourceId, PathBuf), String> {
    let (source, path) = text.split_once('=').ok_or("write SOURCE=PATH, as terraform-state=prod.tfstate")?;
    Ok((source.parse().map_err(|error: domain::IdentifierError| error.to_string())?, path.into()))
}

/// How many slots ended how.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Tally {
    pub(super) collected: usize,
    pub(super) already: usize,
    pub(super) under_way: usize,
    pub(super) failed: Vec<Failed>,
}

/// A slot that was not filled.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Failed {
    pub(super) evidence_id: String,
    pub(super) error: String,
    pub(super) message: String,
    retryable: bool,
}

impl Failed {
    pub(super) fn new(id: &EvidenceId, error: &str, message: &str) -> Self {
        let retryable = Failure::named(error).is_some_and(Failure::is_retryable);
        Self { evidence_id: id.to_string(), error: error.to_owned(), message: message.to_owned(), retryable }
    }
}

impl Tally {
    pub(crate) fn of(all: &[Collected]) -> Self {
        let mut tally = Tally::default();
        all.iter().for_each(|collected| tally.add(collected));
        tally
    }

    fn add(&mut self, (id, ended): &Collected) {
        match ended {
            Ok(Outcome::Collected { new: true, .. }) => self.collected += 1,
            Ok(Outcome::Collected { new: false, .. }) => self.already += 1,
            Ok(Outcome::UnderWay { .. }) => self.under_way += 1,
            Ok(Outcome::Failed { failure, message }) => self.failed.push(Failed::new(id, failure.name(), message)),
            Err(error) => self.failed.push(Failed::new(id, error.failure().name(), &error.to_string())),
        }
    }

    pub(crate) fn sentence(&self) -> String {
        let mut parts = vec![format!("{} collected", self.collected)];
        let mut also = |count: usize, what: &str| {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        };
        also(self.already, "were collected already");
        also(self.under_way, "are under way elsewhere");
        also(self.failed.len(), "failed");
        format!("{}.", parts.join(", "))
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        match self.failed.as_slice() {
            [] if self.under_way > 0 => ExitCode::TryAgain,
            [] => ExitCode::Done,
            failed if failed.iter().all(|failed| failed.retryable) => ExitCode::TryAgain,
            _ => ExitCode::DoesNotHold,
        }
    }
}

impl Collect {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let (sources, mut controls) = (self.source, self.control);
        controls.dedup();
        let files = by_source(self.file)?;
        let selection = Selection { controls, sources, window: self.period, files };
        let tasks = tasks(home, &selection, home.clock.now())?;
        if tasks.is_empty() {
            let message = "no slot is due: the window holds no period of these controls that has ended".to_owned();
            return Err(CommandError::Invalid(message));
        }
        commit_slots(home).await?;
        let bar = output.progress("collecting", tasks.len());
        let all = collect_all(home, tasks, self.at_once, |_| bar.inc(1)).await;
        bar.finish_and_clear();
        let tally = Tally::of(&all);
        say_collected(&all, output);
        say_failures(&tally, output);
        output.say(tally.sentence());
        output.answer(&tally)?;
        Ok(tally.exit_code())
    }
}

// A person who collects by hand wants to see what it was; nobody reads hundreds of lines.
const LISTED: usize = 40;

fn say_collected(all: &[Collected], output: &Output) {
    let row = |(id, ended): &Collected| match ended {
        Ok(Outcome::Collected { record, new: true }) => match &record.state {
            EvidenceState::Collected(kept) => {
                Some(vec![id.to_string(), format!("{} rows", kept.row_count), kept.artifact.digest.to_string()])
            }
            EvidenceState::Pending { .. } | EvidenceState::Failed { .. } | EvidenceState::Waived { .. } => None,
        },
        _ => None,
    };
    let rows: Vec<_> = all.iter().filter_map(row).collect();
    if rows.len() <= LISTED {
        output.table(&rows);
    }
}

pub(super) fn say_failures(tally: &Tally, output: &Output) {
    if tally.failed.is_empty() {
        return;
    }
    let header = vec!["evidence".to_owned(), "failure".to_owned(), "what to do".to_owned()];
    let row = |failed: &Failed| vec![failed.evidence_id.clone(), failed.error.clone(), failed.message.clone()];
    let rows: Vec<_> = std::iter::once(header).chain(tally.failed.iter().map(row)).collect();
    output.table(&rows);
}
