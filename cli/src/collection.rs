//! What is due, and collecting it.

use crate::{CommandError, Home, collectors::Collectors};
use catalog::{Access, Control};
use collect_files::Files;
use collecting::{Invocation, Order, orders};
use domain::{ControlId, EvidenceRecord, EvidenceState, Failure, Granularity, Period, SourceId, Timestamp};
use jiff::SignedDuration;
use runtime::Clock;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Which slots to collect.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these controls; all when empty.
    pub controls: Vec<ControlId>,
    /// Only these sources; all when empty.
    pub sources: Vec<SourceId>,
    /// Every slot inside this window; without one, the newest complete period of each control.
    pub window: Option<Period>,
    /// Files or folders given by hand for a source, instead of where it delivers.
    pub files: BTreeMap<SourceId, PathBuf>,
}

/// A slot, and everything needed to fill it.
#[derive(Debug, Clone)]
pub struct Task {
    /// What to collect.
    pub order: Order,
    /// Where its files are.
    pub files: Files,
    /// When its schedule would have collected it.
    pub scheduled_at: Timestamp,
}

/// One slot and how collecting it ended.
pub use collecting::Collected;

// As long as a Lambda may run. A process that dies gives its leases up at once; this bounds what a hung one holds.
const LEASE: SignedDuration = SignedDuration::from_mins(15);

/// The tasks of a selection, by evidence id. Slots whose period has not ended at `now` are not due.
pub fn tasks(home: &Home, selection: &Selection, now: Timestamp) -> Result<Vec<Task>, CommandError> {
    refuse_unknown(home, selection)?;
    let mut tasks = Vec::new();
    for control in home.catalog.controls() {
        if !selection.controls.is_empty() && !selection.controls.contains(&control.id) {
            continue;
        }
        let window = match selection.window {
            Some(window) => window,
            None => control.period.latest_complete(now)?,
        };
        for order in orders(&home.catalog, &home.tenant, control, &window, now)? {
            if selection.sources.is_empty() || selection.sources.contains(&order.slot.source) {
                tasks.push(task(home, control, order, selection)?);
            }
        }
    }
    tasks.sort_by_key(|task| task.order.slot.evidence_id());
    refuse_one_file_for_many(selection, &tasks)?;
    refuse_unused_files(selection, &tasks)?;
    Ok(tasks)
}

// One file says how things stand once. To let it stand for many periods would be backdating.
fn refuse_one_file_for_many(selection: &Selection, tasks: &[Task]) -> Result<(), CommandError> {
    let mut filled = BTreeMap::new();
    for Order { slot, .. } in tasks.iter().map(|task| &task.order) {
        if !selection.files.contains_key(&slot.source) {
            continue;
        }
        if let Some(other) = filled.insert((&slot.control, &slot.source), slot.period) {
            let message = format!(
                "one file of {} would fill several periods of {} ({other}, {} …): narrow --period to one of them, or let the \
                 source deliver a file for each",
                slot.source, slot.control, slot.period
            );
            return Err(CommandError::Invalid(message));
        }
    }
    Ok(())
}

fn refuse_unused_files(selection: &Selection, tasks: &[Task]) -> Result<(), CommandError> {
    let asked = |source: &SourceId| tasks.iter().any(|task| task.order.slot.source == *source);
    match selection.files.keys().find(|source| !asked(source)) {
        Some(source) if !tasks.is_empty() => {
            Err(CommandError::Invalid(format!("--file is given for {source}, and nothing that was selected asks it")))
        }
        _ => Ok(()),
    }
}

fn refuse_unknown(home: &Home, selection: &Selection) -> Result<(), CommandError> {
    let unknown = |kind: &str, id: &str| CommandError::Invalid(format!("the catalog has no {kind} {id:?}"));
    for control in &selection.controls {
        home.catalog.control(control).ok_or_else(|| unknown("control", control.as_str()))?;
    }
    for source in selection.sources.iter().chain(selection.files.keys()) {
        home.catalog.source(source).ok_or_else(|| unknown("source", source.as_str()))?;
    }
    Ok(())
}

fn task(home: &Home, control: &Control, order: Order, selection: &Selection) -> Result<Task, CommandError> {
    let scheduled_at = scheduled_at(control, &order.slot.period);
    let (files, patterns) = match (selection.files.get(&order.slot.source), home.patterns(&order)) {
        (Some(path), _) => given(path)?,
        (None, Some(patterns)) => (home.files.clone(), patterns),
        (None, None) => return Ok(Task { order, files: home.files.clone(), scheduled_at }),
    };
    Ok(Task { order: Order { access: Access::Files { files: patterns }, ..order }, files, scheduled_at })
}

// A file given by hand: its folder is the root, its name the pattern. A folder: every file in it.
fn given(path: &Path) -> Result<(Files, Vec<String>), CommandError> {
    let path = path.canonicalize().map_err(CommandError::file(path))?;
    if path.is_dir() {
        return Ok((Files::directory(path), vec!["*".to_owned()]));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if name.contains(['*', '?', '[', ']', '{', '}', '!']) {
        let message = format!("the file name {name:?} reads as a pattern: rename it without * ? [ ] {{ }} !");
        return Err(CommandError::Invalid(message));
    }
    Ok((Files::directory(path.parent().unwrap_or(Path::new("/"))), vec![name]))
}

/// When a control's schedule collects `period`: its first firing after the period's end.
pub fn scheduled_at(control: &Control, period: &Period) -> Timestamp {
    control.next_after(period.end()).unwrap_or(period.end())
}

/// Collects every task, at most `at_once` at a time, and tells each as it ends. A fixed clock stands for each task's own
/// scheduled time, as if it had been collected when it was due.
pub async fn collect_all(
    home: &Home,
    tasks: Vec<Task>,
    at_once: usize,
    ended: impl FnMut(&Collected),
) -> Vec<Collected> {
    let collectors = Collectors::of(home);
    let ready = |Task { order, files, scheduled_at }| {
        let clock = match home.clock {
            Clock::Fixed(_) => Clock::Fixed(scheduled_at),
            Clock::System => Clock::System,
        };
        let (owner, actor, secrets) = (home.lease_owner(), home.actor.clone(), home.secrets());
        let invocation = Invocation { owner, actor, clock, lease: LEASE, secrets };
        let fetch = collectors.clone().with_files(files);
        collecting::Task { order, fetch, invocation }
    };
    collecting::collect_all(&home.storage, tasks.into_iter().map(ready).collect(), at_once, ended).await
}

/// The tasks that are to be tried again at `now`: of the newest complete period, nothing collected, and what failed can pass
/// with time. The wait doubles with each attempt, from a minute to six hours.
pub async fn retries(home: &Home, now: Timestamp) -> Result<Vec<Task>, CommandError> {
    let mut again = Vec::new();
    for task in tasks(home, &Selection::default(), now)? {
        let record = home.storage.custodian.evidence(&task.order.slot).await?;
        if record.is_none_or(|record| is_ripe(&record, now)) {
            again.push(task);
        }
    }
    Ok(again)
}

fn is_ripe(record: &EvidenceRecord, now: Timestamp) -> bool {
    let EvidenceState::Failed { error, failed_at, .. } = &record.state else {
        return matches!(&record.state, EvidenceState::Pending { lease_until, .. } if *lease_until <= now);
    };
    let retryable = Failure::named(error).is_some_and(Failure::is_retryable);
    let minutes = 1_i64 << record.attempt.saturating_sub(1).min(9);
    let wait = SignedDuration::from_mins(minutes.min(360));
    retryable && now.duration_since(*failed_at) >= wait
}

/// The controls whose schedule fires after `from` and not after `to`, each with the period that firing collects.
pub fn due(home: &Home, from: Timestamp, to: Timestamp) -> Vec<(ControlId, Period)> {
    let fires = |control: &Control| -> Option<(ControlId, Period)> {
        let mut at = control.next_after(from).filter(|at| *at <= to)?;
        // Several firings in one stretch: the newest tells which period is complete by now.
        while let Some(next) = control.next_after(at).filter(|next| *next <= to) {
            at = next;
        }
        let unit: Granularity = control.period;
        Some((control.id.clone(), unit.latest_complete(at).ok()?))
    };
    home.catalog.controls().filter_map(fires).collect()
}
