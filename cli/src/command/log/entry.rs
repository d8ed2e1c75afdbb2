//! Entries of the log, as a person reads them.

use crate::{CommandError, sealing::OwnLog};
use custody_log::{LogError, WIDTH};
use domain::{
    ControlId, CustodyEvent, EventKind, EvidenceId, Granularity, ReportId, SealedPeriod, SlotCommitment, SourceId,
    TenantId,
};
use std::fmt::Display;

/// One entry.
pub(super) struct Entry {
    pub(super) index: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) event: CustodyEvent,
}

// So many entries are in memory at once.
const AT_ONCE: u64 = 16 * WIDTH;

/// Gives each entry from `from` to `to`, excluded, of a log of `size` entries to `each`, in order.
pub(super) async fn each(
    log: &OwnLog,
    size: u64,
    (from, to): (u64, u64),
    mut each: impl FnMut(Entry) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let mut at = from;
    while at < to {
        let end = ((at / AT_ONCE + 1) * AT_ONCE).min(to);
        let entries = seal::entries(&log.storage, &log.tenant, size, (at, end)).await?;
        for (index, bytes) in (at..).zip(entries) {
            each(read(log, index, bytes)?)?;
        }
        at = end;
    }
    Ok(())
}

fn read(log: &OwnLog, index: u64, bytes: Vec<u8>) -> Result<Entry, CommandError> {
    let wrong = |error: serde_json::Error| LogError::Malformed { what: "entry", reason: format!("{index}: {error}") };
    let event = serde_json::from_slice(&bytes).map_err(|error| log.wrong(wrong(error)))?;
    Ok(Entry { index, bytes, event })
}

/// Every kind of event, as [`kind`] names it.
pub(super) const KINDS: [&str; 18] = [
    "catalog-published",
    "slots-committed",
    "period-sealed",
    "slot-waived",
    "evidence-collected",
    "evidence-failed",
    "document-submitted",
    "document-approved",
    "document-rejected",
    "report-requested",
    "report-stored",
    "report-verified",
    "report-failed",
    "link-handed-out",
    "role-changed",
    "hold-placed",
    "hold-released",
    "key-rotated",
];

/// What kind of event it is: the first part of its name.
pub(super) fn kind(event: &CustodyEvent) -> String {
    event.kind.name().split('/').next().unwrap_or_default().to_owned()
}

/// The control that an event is about, if it is about one.
pub(super) fn control(event: &CustodyEvent) -> Option<ControlId> {
    let of = |id: &EvidenceId, tenant: &TenantId| id.slot(tenant.clone()).ok().map(|slot| slot.control);
    match &event.kind {
        EventKind::SlotsCommitted(committed) => Some(committed.control.clone()),
        EventKind::PeriodSealed(sealed) => Some(sealed.control.clone()),
        EventKind::SlotWaived { evidence_id, .. }
        | EventKind::EvidenceCollected { evidence_id, .. }
        | EventKind::EvidenceFailed { evidence_id, .. } => of(evidence_id, &event.tenant),
        _ => None,
    }
}

/// What was done, in a sentence.
pub(super) fn sentence(kind: &EventKind) -> String {
    match kind {
        EventKind::CatalogPublished { sequence, catalog } => {
            format!("catalog {} is in use, the {sequence}. that was", catalog.short())
        }
        EventKind::SlotsCommitted(committed) => commitment(committed),
        EventKind::PeriodSealed(sealed) => period(sealed),
        EventKind::SlotWaived { evidence_id, reason, .. } => format!("{evidence_id} need not be there: {reason}"),
        EventKind::EvidenceCollected { evidence_id, digest, .. } => {
            format!("{evidence_id} collected, SHA-256 {}", digest.short())
        }
        EventKind::EvidenceFailed { evidence_id, attempt, error, message } => {
            format!("{evidence_id} failed at attempt {attempt}: {error}: {message}")
        }
        EventKind::DocumentSubmitted { source, document, version, digest, .. } => {
            format!("{source}/{document} version {version} submitted, SHA-256 {}", digest.short())
        }
        EventKind::DocumentApproved { source, document, version } => {
            format!("{source}/{document} version {version} approved")
        }
        EventKind::DocumentRejected { source, document, version, reason } => {
            format!("{source}/{document} version {version} rejected: {reason}")
        }
        EventKind::ReportRequested { run_id, framework, period } => {
            format!("report on {framework} over {period} asked for, run {run_id}")
        }
        EventKind::ReportStored { report_id, .. } => format!("report {} stored", report_id.short()),
        EventKind::ReportVerified { run_id, report_id } => {
            format!("report {} read back whole, run {run_id} completed", report_id.short())
        }
        EventKind::ReportFailed { run_id, error, message } => format!("run {run_id} failed: {error}: {message}"),
        EventKind::LinkHandedOut { key, version, .. } => format!("link to version {version} of {key} handed out"),
        EventKind::RoleChanged { subject, roles, until, .. } => role(subject, roles, until.as_ref()),
        EventKind::HoldPlaced { hold, report_id, reason } => placed(hold, report_id, reason),
        EventKind::HoldReleased { hold, report_id, approved_by, reason } => {
            format!("hold {hold} on report {} lifted, agreed to by {}: {reason}", report_id.short(), list(approved_by))
        }
        EventKind::KeyRotated { to, .. } => format!("checkpoints are signed by {to}"),
    }
}

fn commitment(committed: &SlotCommitment) -> String {
    let SlotCommitment { control, every, sources, from, .. } = committed;
    match sources.as_slice() {
        [] => format!("{control}: nothing is due any more from {from} on"),
        sources => format!("{control}: from {from} on, due each {} from {}", unit(*every), list(sources)),
    }
}

fn period(sealed: &SealedPeriod) -> String {
    let SealedPeriod { control, period, expected, collected, failed, waived, missing } = sealed;
    let mut text = format!("{control} {period} is over: {collected} of {expected} collected");
    for (what, sources) in [("failed", failed), ("waived", waived), ("missing", missing)] {
        if !sources.is_empty() {
            text.push_str(&format!("; {what}: {}", list::<SourceId>(sources)));
        }
    }
    text
}

fn role(subject: impl Display, roles: &[String], until: Option<&domain::Timestamp>) -> String {
    let until = until.map(|until| format!(", until {until}")).unwrap_or_default();
    match roles {
        [] => format!("{subject} may do nothing any more"),
        roles => format!("{subject} may act as {}{until}", list(roles)),
    }
}

fn placed(hold: &str, report_id: &ReportId, reason: &str) -> String {
    format!("hold {hold} on report {} and all it rests on: {reason}", report_id.short())
}

fn list<T: Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn unit(every: Granularity) -> &'static str {
    match every {
        Granularity::Hour => "hour",
        Granularity::Day => "day",
        Granularity::Week => "week",
        Granularity::Month => "month",
        Granularity::Quarter => "quarter",
        Granularity::Year => "year",
    }
}
