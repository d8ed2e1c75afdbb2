//! `exhibit status`

use super::Output;
use crate::{CommandError, ExitCode, Home};
use catalog::Control;
use clap::Args;
use domain::{EvidenceRecord, EvidenceState, Granularity, Period, Slot, Timestamp};
use serde::Serialize;

#[derive(Debug, Args)]
pub(super) struct Status {
    /// The window whose coverage is shown; the current quarter unless given.
    #[arg(long)]
    pub(super) period: Option<Period>,
}

#[derive(Serialize)]
struct Answer {
    /// None of a deployed Exhibit: the token says whose it is, and only to the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    period: String,
    controls: Vec<ControlStatus>,
    runs: Vec<Run>,
}

#[derive(Serialize)]
struct ControlStatus {
    control: String,
    last_collected: Option<String>,
    next_due: Option<Timestamp>,
    expected: usize,
    collected: usize,
    failed: usize,
    waived: usize,
}

#[derive(Serialize)]
struct Run {
    run_id: String,
    framework: String,
    period: String,
    requested_by: String,
    state: String,
    report_id: Option<String>,
}

impl Status {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let now = home.clock.now();
        let window = self.period.map_or_else(|| Granularity::Quarter.containing(now), Ok)?;
        let mut controls = Vec::new();
        for control in home.catalog.controls() {
            controls.push(control_status(home, control, &window, now).await?);
        }
        let runs = home.storage.custodian.runs(&home.tenant).await?.into_iter().map(|run| shown(run.into())).collect();
        let answer = Answer { tenant: Some(home.tenant.to_string()), period: window.to_string(), controls, runs };
        say(&answer, output);
        output.answer(&answer)?;
        Ok(ExitCode::Done)
    }
}

async fn control_status(
    home: &Home,
    control: &Control,
    window: &Period,
    now: Timestamp,
) -> Result<ControlStatus, CommandError> {
    let records = home.storage.custodian.evidence_of(&home.tenant, &control.id, window).await?;
    let slots = home.catalog.slots(&home.tenant, control, window)?;
    let count = |wanted: fn(&EvidenceState) -> bool| records.iter().filter(|record| wanted(&record.state)).count();
    Ok(ControlStatus {
        control: control.id.to_string(),
        last_collected: last_collected(&records),
        next_due: control.next_after(now),
        expected: slots.iter().filter(|slot| is_expected(home, &records, slot, now)).count(),
        collected: count(|state| matches!(state, EvidenceState::Collected(_))),
        failed: count(|state| matches!(state, EvidenceState::Failed { .. })),
        waived: count(|state| matches!(state, EvidenceState::Waived { .. })),
    })
}

// As in a snapshot: what is due, and what is there although it was not.
fn is_expected(home: &Home, records: &[EvidenceRecord], slot: &Slot, now: Timestamp) -> bool {
    let there = |record: &EvidenceRecord| record.slot == *slot && matches!(record.state, EvidenceState::Collected(_));
    slot.is_due(home.since, now) || records.iter().any(there)
}

fn last_collected(records: &[EvidenceRecord]) -> Option<String> {
    let collected = |record: &&EvidenceRecord| matches!(record.state, EvidenceState::Collected(_));
    records.iter().rfind(collected).map(|record| record.slot.period.to_string())
}

/// Tells how a deployed Exhibit stands.
pub(super) fn tell(
    controls: Vec<api::Control>,
    runs: Vec<api::Run>,
    period: &Period,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    let controls = controls.into_iter().map(remote_control).collect();
    let runs = runs.into_iter().map(shown).collect();
    let answer = Answer { tenant: None, period: period.to_string(), controls, runs };
    say(&answer, output);
    output.answer(&answer)?;
    Ok(ExitCode::Done)
}

fn remote_control(control: api::Control) -> ControlStatus {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    ControlStatus {
        control: control.control.to_string(),
        last_collected: control.last_collection.map(|last| last.period.to_string()),
        next_due: control.next_due,
        expected: count(control.coverage.expected),
        collected: count(control.coverage.collected),
        failed: count(control.coverage.failed),
        waived: count(control.coverage.waived),
    }
}

fn shown(run: api::Run) -> Run {
    let (state, report_id) = match run.status {
        api::RunStatus::Requested => ("requested".to_owned(), None),
        api::RunStatus::Completed { report_id, .. } => ("completed".to_owned(), Some(report_id.to_string())),
        api::RunStatus::Failed { error, message, .. } => (format!("failed: {error}: {message}"), None),
    };
    Run {
        run_id: run.run_id.to_string(),
        framework: run.framework.to_string(),
        period: run.period.to_string(),
        requested_by: run.requested_by.to_string(),
        state,
        report_id,
    }
}

fn say(answer: &Answer, output: &Output) {
    match &answer.tenant {
        Some(tenant) => output.say(format!("Tenant {tenant}, {}", answer.period)),
        None => output.say(&answer.period),
    }
    let header = ["control", "collected", "failed", "waived", "last period", "next due"].map(str::to_owned).to_vec();
    let row = |status: &ControlStatus| {
        vec![
            status.control.clone(),
            format!("{} of {}", status.collected, status.expected),
            status.failed.to_string(),
            status.waived.to_string(),
            status.last_collected.clone().unwrap_or_else(|| "never".to_owned()),
            status.next_due.map(|at| at.to_string()).unwrap_or_default(),
        ]
    };
    output.table(&std::iter::once(header).chain(answer.controls.iter().map(row)).collect::<Vec<_>>());
    if answer.runs.is_empty() {
        return;
    }
    output.say("");
    let header = ["framework", "period", "state", "report", "run", "by"].map(str::to_owned).to_vec();
    let row = |run: &Run| {
        let report = run.report_id.clone().unwrap_or_default();
        vec![
            run.framework.clone(),
            run.period.clone(),
            run.state.clone(),
            report,
            run.run_id.clone(),
            run.requested_by.clone(),
        ]
    };
    output.table(&std::iter::once(header).chain(answer.runs.iter().map(row)).collect::<Vec<_>>());
}
