//! Every change has its custody event, every event its change, each exactly once.

use super::{Verdict, records::Records};
use domain::{CustodyEvent, EventKind, EvidenceState, RunState};
use std::collections::BTreeMap;

pub(super) fn check(records: &Records, verdict: &mut Verdict) {
    verdict.checked.events = records.events.len() as u64;
    let mut found: BTreeMap<String, Vec<&CustodyEvent>> = BTreeMap::new();
    for event in &records.events {
        found.entry(format!("{}/{}", event.tenant, event.name())).or_default().push(event);
    }
    let mut expected = expected(records);
    for (name, events) in &found {
        if events.len() > 1 {
            verdict.problem(name, format!("the event is recorded {} times", events.len()));
        }
        let told = expected.remove(name);
        for event in events {
            check_event(name, event, told.as_ref(), verdict);
        }
    }
    for name in expected.keys() {
        verdict.problem(name, "the change is recorded and its custody event is not");
    }
}

// What a record says its event has to say: nothing, or digest and version, or the report.
type Told = Option<String>;

fn expected(records: &Records) -> BTreeMap<String, Told> {
    let mut names = BTreeMap::new();
    for record in &records.evidence {
        let (tenant, id) = (&record.slot.tenant, record.slot.evidence_id());
        match &record.state {
            EvidenceState::Collected(collected) => {
                let told = format!("{} {}", collected.artifact.digest, collected.artifact.version);
                names.insert(format!("{tenant}/evidence-collected/{id}"), Some(told));
            }
            EvidenceState::Failed { error, message, .. } => {
                let told = format!("{error} {message}");
                names.insert(format!("{tenant}/evidence-failed/{id}/{}", record.attempt), Some(told));
            }
            EvidenceState::Pending { .. } => {}
        }
    }
    for (tenant, run) in &records.runs {
        names.insert(format!("{tenant}/report-requested/{}", run.run_id), None);
        match &run.state {
            RunState::Requested => {}
            RunState::Completed { report_id, .. } => {
                names.insert(format!("{tenant}/report-verified/{}", run.run_id), Some(report_id.to_string()));
            }
            RunState::Failed { .. } => {
                names.insert(format!("{tenant}/report-failed/{}", run.run_id), None);
            }
        }
    }
    for report in &records.reports {
        let told = report.inputs.snapshot.to_string();
        names.insert(format!("{}/report-stored/{}", report.inputs.tenant, report.report_id), Some(told));
    }
    names
}

fn check_event(name: &str, event: &CustodyEvent, told: Option<&Told>, verdict: &mut Verdict) {
    // An earlier attempt that failed has its event, and its record was overtaken by a later attempt.
    let overtaken = matches!(event.kind, EventKind::EvidenceFailed { .. });
    match told {
        None if !overtaken => verdict.problem(name, "the event is recorded and the change it tells of is not"),
        Some(Some(told)) if *told != tells(event) => {
            verdict.problem(name, format!("the event tells of {}, its record of {told}", tells(event)));
        }
        _ => {}
    }
}

fn tells(event: &CustodyEvent) -> String {
    match &event.kind {
        EventKind::EvidenceCollected { digest, version, .. } => format!("{digest} {version}"),
        EventKind::EvidenceFailed { error, message, .. } => format!("{error} {message}"),
        EventKind::ReportStored { snapshot, .. } => snapshot.to_string(),
        EventKind::ReportVerified { report_id, .. } => report_id.to_string(),
        EventKind::ReportRequested { run_id, .. } | EventKind::ReportFailed { run_id, .. } => run_id.to_string(),
    }
}
