//! What is due, and collecting it.

use crate::{CommandError, Home};
use catalog::{Control, Schedule};
use collect_files::{Files, Invocation, Order, Outcome, collect};
use domain::{ControlId, EvidenceId, Granularity, Period, Slot, SourceId, Timestamp};
use jiff::ToSpan as _;
use runtime::Clock;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use storage::{Storage, StorageError};
use tokio::{sync::Semaphore, task::JoinSet};

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
pub type Collected = (EvidenceId, Result<Outcome, StorageError>);

// As long as a Lambda may run. A process that dies gives its leases up at once; this bounds what a hung one holds.
fn lease_end(now: Timestamp) -> Timestamp {
    now.checked_add(15.minutes()).unwrap_or(Timestamp::MAX)
}

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
        for slot in home.catalog.slots(&home.tenant, control, &window)? {
            let wanted = selection.sources.is_empty() || selection.sources.contains(&slot.source);
            if wanted && slot.period.end() <= now {
                tasks.push(task(home, control, slot, selection)?);
            }
        }
    }
    tasks.sort_by_key(|task| task.order.slot.evidence_id());
    refuse_one_file_for_many(selection, &tasks)?;
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

fn task(home: &Home, control: &Control, slot: Slot, selection: &Selection) -> Result<Task, CommandError> {
    let absent = || CommandError::Invalid(format!("the control {} asks nothing of {}", control.id, slot.source));
    let collection = control.collect.iter().find(|asked| asked.source == slot.source).ok_or_else(absent)?;
    let source = home.catalog.source(&slot.source).ok_or_else(absent)?;
    let query = home.catalog.source_query(&collection.query).ok_or_else(absent)?;
    let (files, patterns) = match selection.files.get(&slot.source) {
        Some(path) => given(path)?,
        None => (home.files.clone(), home.patterns(source)),
    };
    let scheduled_at = scheduled_at(control, &slot.period);
    Ok(Task {
        order: Order { slot, query: query.clone(), patterns, retention: control.retention },
        files,
        scheduled_at,
    })
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
    let schedule: Option<Schedule> = control.schedule.parse().ok();
    schedule.and_then(|schedule| schedule.next_after(period.end())).unwrap_or(period.end())
}

/// Collects every task, at most `at_once` at a time, and tells each as it ends. A fixed clock stands for each task's own
/// scheduled time, as if it had been collected when it was due.
pub async fn collect_all(
    home: &Home,
    tasks: Vec<Task>,
    at_once: usize,
    mut ended: impl FnMut(&Collected),
) -> Vec<Collected> {
    let permits = Arc::new(Semaphore::new(at_once.max(1)));
    let mut running = JoinSet::new();
    for task in tasks {
        let (storage, permits) = (home.storage.clone(), Arc::clone(&permits));
        let now = match home.clock {
            Clock::Fixed(_) => task.scheduled_at,
            Clock::System => home.clock.now(),
        };
        let invocation =
            Invocation { owner: home.lease_owner(), actor: home.actor.clone(), now, lease_until: lease_end(now) };
        running.spawn(async move {
            let _permit = permits.acquire().await;
            one(&storage, task, invocation).await
        });
    }
    let mut all = Vec::new();
    while let Some(joined) = running.join_next().await {
        let Ok(collected) = joined else { continue };
        ended(&collected);
        all.push(collected);
    }
    all.sort_by(|left, right| left.0.cmp(&right.0));
    all
}

async fn one(storage: &Storage, task: Task, invocation: Invocation) -> Collected {
    let id = task.order.slot.evidence_id();
    (id, collect(storage, &task.files, &task.order, &invocation).await)
}

/// The controls whose schedule fires after `from` and not after `to`, each with the period that firing collects.
pub fn due(home: &Home, from: Timestamp, to: Timestamp) -> Vec<(ControlId, Period)> {
    let fires = |control: &Control| -> Option<(ControlId, Period)> {
        let schedule: Schedule = control.schedule.parse().ok()?;
        let mut at = schedule.next_after(from).filter(|at| *at <= to)?;
        // Several firings in one stretch: the newest tells which period is complete by now.
        while let Some(next) = schedule.next_after(at).filter(|next| *next <= to) {
            at = next;
        }
        let unit: Granularity = control.period;
        Some((control.id.clone(), unit.latest_complete(at).ok()?))
    };
    home.catalog.controls().filter_map(fires).collect()
}
