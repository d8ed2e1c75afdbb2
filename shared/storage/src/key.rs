//! Every object key and every record key, in one place.

use domain::{
    ControlId, Digest, EvidenceId, FrameworkId, Period, ReportFormat, ReportId, ReportInputs, RunId, Slot, TenantId,
    Timestamp,
};
use std::fmt;

/// The key of an immutable object: `<tenant>/<kind>/…`. Made of checked names and digests only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArtifactKey(String);

impl ArtifactKey {
    /// An evidence document: `<tenant>/evidence/<control>/<evidence id>/<digest>.json`.
    pub fn evidence(slot: &Slot, digest: Digest) -> Self {
        let Slot { tenant, control, .. } = slot;
        Self(format!("{tenant}/evidence/{control}/{}/{digest}.json", slot.evidence_id()))
    }

    /// A catalog: `<tenant>/catalogs/<digest>.json`.
    pub fn catalog(tenant: &TenantId, digest: Digest) -> Self {
        Self(format!("{tenant}/catalogs/{digest}.json"))
    }

    /// A snapshot: `<tenant>/snapshots/<framework>/<period>/<digest>.json`.
    pub fn snapshot(tenant: &TenantId, framework: &FrameworkId, period: &Period, digest: Digest) -> Self {
        Self(format!("{tenant}/snapshots/{framework}/{}/{digest}.json", path_notation(period)))
    }

    /// A file of a report: `<tenant>/reports/<framework>/<period>/<report id>/report.<format>`.
    pub fn report(inputs: &ReportInputs, report_id: &ReportId, format: ReportFormat) -> Self {
        Self(format!("{}/report.{format}", report_folder(inputs, report_id)))
    }

    /// The staging database of a report, beside its files.
    pub fn staging(inputs: &ReportInputs, report_id: &ReportId) -> Self {
        Self(format!("{}/staging.db", report_folder(inputs, report_id)))
    }

    /// The digest that the key itself names, for keys that are made of one.
    pub fn named_digest(key: &str) -> Option<Digest> {
        let (_, name) = key.rsplit_once('/')?;
        name.strip_suffix(".json")?.parse().ok()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn report_folder(inputs: &ReportInputs, report_id: &ReportId) -> String {
    let ReportInputs { tenant, framework, period, .. } = inputs;
    format!("{tenant}/reports/{framework}/{}/{report_id}", path_notation(period))
}

// A period that is no calendar unit is written with colons, which some file systems do not take.
fn path_notation(period: &Period) -> String {
    period.to_string().replace(':', "")
}

impl fmt::Display for ArtifactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of a record: a partition, and a place in its order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordKey {
    /// What is read together.
    pub partition: String,
    /// The order inside.
    pub sort: String,
}

impl RecordKey {
    /// The record of a slot, ordered by period and source: `<tenant>/evidence/<control>`.
    pub fn evidence(slot: &Slot) -> Self {
        let sort = format!("{}/{}/{}", slot.period.start(), slot.period, slot.source);
        Self { partition: Self::evidence_of(&slot.tenant, &slot.control), sort }
    }

    /// The partition of a control's evidence.
    pub fn evidence_of(tenant: &TenantId, control: &ControlId) -> String {
        format!("{tenant}/evidence/{control}")
    }

    /// The record of the evidence with this id, if the id reads back to a slot.
    pub fn evidence_by_id(tenant: &TenantId, id: &EvidenceId) -> Option<Self> {
        id.slot(tenant.clone()).ok().map(|slot| Self::evidence(&slot))
    }

    /// A report run: `<tenant>/runs`.
    pub fn run(tenant: &TenantId, run_id: &RunId) -> Self {
        Self { partition: Self::runs_of(tenant), sort: run_id.to_string() }
    }

    /// The partition of a tenant's runs.
    pub fn runs_of(tenant: &TenantId) -> String {
        format!("{tenant}/runs")
    }

    /// A report: `<tenant>/reports`.
    pub fn report(tenant: &TenantId, report_id: &ReportId) -> Self {
        Self { partition: Self::reports_of(tenant), sort: report_id.to_string() }
    }

    /// The partition of a tenant's reports.
    pub fn reports_of(tenant: &TenantId) -> String {
        format!("{tenant}/reports")
    }

    /// A custody event that waits for the log, in the order of recording: `<tenant>/outbox`.
    pub fn event(tenant: &TenantId, recorded_at: Timestamp, name: &str) -> Self {
        // A fixed number of decimals, or the order of the texts is not the order of the instants.
        Self { partition: Self::outbox_of(tenant), sort: format!("{recorded_at:.9}/{name}") }
    }

    /// The partition of a tenant's outbox.
    pub fn outbox_of(tenant: &TenantId) -> String {
        format!("{tenant}/outbox")
    }

    /// The custody event of a link that was handed out, in a partition of its own: whoever may only read can be granted to add
    /// to this one alone.
    pub fn handed_out(tenant: &TenantId, recorded_at: Timestamp, name: &str) -> Self {
        Self { partition: Self::handed_out_of(tenant), ..Self::event(tenant, recorded_at, name) }
    }

    /// The partition of the links that were handed out: `<tenant>/handed-out`.
    pub fn handed_out_of(tenant: &TenantId) -> String {
        format!("{tenant}/handed-out")
    }

    pub(crate) fn lock(key: &str) -> Self {
        Self { partition: Self::LOCKS.to_owned(), sort: key.to_owned() }
    }

    /// The partition in which the embedded Locker keeps the locks of its objects. No tenant can have this name.
    pub const LOCKS: &'static str = "@locks";
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {}", self.partition, self.sort)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_ordered_by_instant_not_by_spelling() {
        let tenant = TenantId::new("acme").unwrap();
        let key = |text: &str| RecordKey::event(&tenant, text.parse().unwrap(), "x");
        assert!(key("2026-07-01T00:00:00Z") < key("2026-07-01T00:00:00.5Z"));
        assert!(key("2026-07-01T00:00:00.5Z") < key("2026-07-01T00:00:01Z"));
    }
}
