//! Every change has its custody event, every event its change, each exactly once, and both say the same.

use super::{Verdict, records::Records};
use domain::{
    Actor, CustodyEvent, Digest, EventKind, EvidenceRecord, EvidenceState, Failure, ReportRecord, ReportRun, RunState,
    TenantId, Timestamp, canonical,
};
use std::collections::BTreeMap;

pub(super) fn check(records: &Records, verdict: &mut Verdict) {
    let mut found: BTreeMap<String, Vec<&CustodyEvent>> = BTreeMap::new();
    for event in records.all_events() {
        verdict.checked.events += 1;
        found.entry(named(event)).or_default().push(event);
    }
    let mut expected = expected(records);
    for (name, events) in &found {
        if events.len() > 1 {
            verdict.problem(name, format!("the event is recorded {} times", events.len()));
        }
        let told = expected.remove(name);
        for event in events {
            check_event(name, event, told.as_ref(), records, verdict);
        }
    }
    for name in expected.keys() {
        verdict.problem(name, "the change is recorded and its custody event is not");
    }
}

// What changes the same thing, once, has one name.
fn named(event: &CustodyEvent) -> String {
    format!("{}/{}", event.tenant, event.name())
}

/// What an event has to say, as far as the record of the change tells it.
struct Told {
    kind: EventKind,
    actor: Option<Actor>,
    recorded_at: Option<Timestamp>,
}

impl Told {
    fn name(&self, tenant: &TenantId) -> String {
        format!("{tenant}/{}", self.kind.name())
    }
}

fn expected(records: &Records) -> BTreeMap<String, Told> {
    let evidence = records.evidence.iter().filter_map(|record| Some((&record.slot.tenant, of_evidence(record)?)));
    let runs = records.runs.iter().flat_map(|(tenant, run)| of_run(run).map(move |told| (tenant, told)));
    let reports = records.reports.iter().filter_map(|report| Some((&report.inputs.tenant, of_report(report)?)));
    let all = evidence.chain(runs).chain(reports).map(|(tenant, told)| (told.name(tenant), told));
    all.chain(records.told.iter().map(of_event)).collect()
}

fn of_evidence(record: &EvidenceRecord) -> Option<Told> {
    let evidence_id = record.slot.evidence_id();
    match &record.state {
        EvidenceState::Pending { .. } => None,
        EvidenceState::Collected(kept) => {
            let (digest, version) = (kept.artifact.digest, kept.artifact.version.clone());
            let kind = EventKind::EvidenceCollected { evidence_id, digest, version };
            Some(Told { kind, actor: Some(kept.executed_by.clone()), recorded_at: Some(kept.recorded_at) })
        }
        EvidenceState::Waived { reason, waived_by, waived_at } => {
            let (attempt, reason) = (record.attempt, reason.clone());
            let kind = EventKind::SlotWaived { evidence_id, attempt, reason };
            Some(Told { kind, actor: Some(waived_by.clone()), recorded_at: Some(*waived_at) })
        }
        EvidenceState::Failed { error, message, failed_at, .. } => {
            let (attempt, error, message) = (record.attempt, error.clone(), message.clone());
            let kind = EventKind::EvidenceFailed { evidence_id, attempt, error, message };
            Some(Told { kind, actor: None, recorded_at: Some(*failed_at) })
        }
    }
}

// A record that is the event itself says all of it.
fn of_event(event: &CustodyEvent) -> (String, Told) {
    let (kind, actor, at) = (event.kind.clone(), event.actor.clone(), event.recorded_at);
    (named(event), Told { kind, actor: Some(actor), recorded_at: Some(at) })
}

fn of_run(run: &ReportRun) -> impl Iterator<Item = Told> {
    let ReportRun { run_id, framework, period, requested_by, requested_at, state } = run.clone();
    let told = move |kind, at| Told { kind, actor: Some(requested_by.clone()), recorded_at: Some(at) };
    let asked = EventKind::ReportRequested { run_id: run_id.clone(), framework, period };
    let ended = match state {
        RunState::Requested => None,
        RunState::Completed { report_id, completed_at } => {
            Some((EventKind::ReportVerified { run_id, report_id }, completed_at))
        }
        RunState::Failed { error, message, failed_at } => {
            let error = Failure::ALL.into_iter().find(|failure| failure.name() == error);
            error.map(|error| (EventKind::ReportFailed { run_id, error, message }, failed_at))
        }
    };
    std::iter::once((asked, requested_at)).chain(ended).map(move |(kind, at)| told(kind, at))
}

// Who stored a report and when stand in the event alone: several may have asked for it.
fn of_report(report: &ReportRecord) -> Option<Told> {
    let record = Digest::of(&canonical::to_bytes(report).ok()?);
    let kind = EventKind::ReportStored { report_id: report.report_id, record };
    Some(Told { kind, actor: None, recorded_at: None })
}

fn check_event(name: &str, event: &CustodyEvent, told: Option<&Told>, records: &Records, verdict: &mut Verdict) {
    let Some(told) = told else {
        let may_stand_alone = is_overtaken(event, records)
            || is_of_an_object(event, records)
            || is_of_a_period(event, records)
            || is_of_roles(event);
        if !may_stand_alone {
            verdict.problem(name, "the event is recorded and the change it tells of is not");
        }
        return;
    };
    let same_actor = told.actor.as_ref().is_none_or(|actor| *actor == event.actor);
    let same_time = told.recorded_at.is_none_or(|at| at == event.recorded_at);
    if told.kind != event.kind || !same_actor || !same_time {
        verdict.problem(name, "the event and the record of the change it tells of say different things");
    }
}

// Of roles that tokens give, the event is all that is kept; of those that were seen, the newest stands in a record too.
fn is_of_roles(event: &CustodyEvent) -> bool {
    matches!(event.kind, EventKind::RoleChanged { .. })
}

// An earlier attempt that failed has its event, and its record was overtaken by a later attempt.
fn is_overtaken(event: &CustodyEvent, records: &Records) -> bool {
    let (EventKind::EvidenceFailed { evidence_id, attempt, .. } | EventKind::SlotWaived { evidence_id, attempt, .. }) =
        &event.kind
    else {
        return false;
    };
    let of_slot =
        |record: &&EvidenceRecord| record.slot.tenant == event.tenant && record.slot.evidence_id() == *evidence_id;
    let record = records.evidence.iter().find(of_slot);
    record.is_some_and(|record| match record.state {
        EvidenceState::Failed { .. } | EvidenceState::Pending { .. } => *attempt < record.attempt,
        EvidenceState::Waived { .. } => *attempt <= record.attempt,
        // Evidence that came after its lease had ended is kept under the attempt that it overtook.
        EvidenceState::Collected(_) => *attempt <= record.attempt,
    })
}

// A link changes nothing, so no record tells of it; what it led to has to be an object that is kept.
fn is_of_an_object(event: &CustodyEvent, records: &Records) -> bool {
    let EventKind::LinkHandedOut { key, version, digest, .. } = &event.kind else { return false };
    let lock = records.locks.get(key);
    lock.is_some_and(|lock| lock.artifact.version == *version && lock.artifact.digest == *digest)
}

// A period that was sealed stands in no record of its own; how far its control is sealed does.
fn is_of_a_period(event: &CustodyEvent, records: &Records) -> bool {
    let EventKind::PeriodSealed(sealed) = &event.kind else { return false };
    let until = records.sealed.get(&(event.tenant.clone(), sealed.control.to_string()));
    until.is_some_and(|until| sealed.period.end() <= *until)
}
