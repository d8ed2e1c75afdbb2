//! Every record key, in one place.

use domain::{
    Actor, ControlId, Digest, DocumentName, EvidenceId, HoldName, ReportId, RunId, Slot, SourceId, TenantId, Timestamp,
};
use std::fmt;

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

    /// How far the requests to a source are given out: `<tenant>/pace`.
    pub fn pace(tenant: &TenantId, source: &SourceId) -> Self {
        Self { partition: format!("{tenant}/pace"), sort: source.to_string() }
    }

    /// The head of the log: `<tenant>/log`.
    pub fn log_head(tenant: &TenantId) -> Self {
        Self { partition: Self::log_of(tenant), sort: "head".to_owned() }
    }

    /// The newest published checkpoint.
    pub fn log_checkpoint(tenant: &TenantId) -> Self {
        Self { partition: Self::log_of(tenant), sort: "checkpoint".to_owned() }
    }

    /// The event of the handing over to a key: `<tenant>/keys`.
    pub fn log_key(tenant: &TenantId, key: &str) -> Self {
        Self { partition: Self::log_keys_of(tenant), sort: Digest::of(key.as_bytes()).to_string() }
    }

    /// The partition of the keys that the log was ever signed by.
    pub fn log_keys_of(tenant: &TenantId) -> String {
        format!("{tenant}/keys")
    }

    /// The partition of the log's head and checkpoint.
    pub fn log_of(tenant: &TenantId) -> String {
        format!("{tenant}/log")
    }

    /// The event of a commitment of slots, by control and time: `<tenant>/commitments`.
    pub fn commitment(tenant: &TenantId, control: &ControlId, at: Timestamp) -> Self {
        Self { partition: Self::commitments_of(tenant), sort: format!("{control}/{at:.9}") }
    }

    /// The partition of a tenant's commitments.
    pub fn commitments_of(tenant: &TenantId) -> String {
        format!("{tenant}/commitments")
    }

    /// The event of the publication of a catalog, in order: `<tenant>/catalogs`.
    pub fn publication(tenant: &TenantId, sequence: u64) -> Self {
        Self { partition: Self::publications_of(tenant), sort: format!("{sequence:012}") }
    }

    /// The partition of a tenant's publications of catalogs.
    pub fn publications_of(tenant: &TenantId) -> String {
        format!("{tenant}/catalogs")
    }

    /// How far the periods of a control are sealed: `<tenant>/sealed`.
    pub fn sealed(tenant: &TenantId, control: &ControlId) -> Self {
        Self { partition: Self::sealed_of(tenant), sort: control.to_string() }
    }

    /// The partition that says how far periods are sealed.
    pub fn sealed_of(tenant: &TenantId) -> String {
        format!("{tenant}/sealed")
    }

    /// The roles that somebody was last seen with: `<tenant>/roles`.
    pub fn roles(tenant: &TenantId, subject: &Actor) -> Self {
        Self { partition: Self::roles_of(tenant), sort: subject.to_string() }
    }

    /// The partition of the roles that were seen.
    pub fn roles_of(tenant: &TenantId) -> String {
        format!("{tenant}/roles")
    }

    /// A legal hold: `<tenant>/holds`.
    pub fn hold(tenant: &TenantId, name: &HoldName) -> Self {
        Self { partition: Self::holds_of(tenant), sort: name.to_string() }
    }

    /// The partition of a tenant's legal holds.
    pub fn holds_of(tenant: &TenantId) -> String {
        format!("{tenant}/holds")
    }

    /// A version of a document that was handed in, ordered by source and document: `<tenant>/documents`.
    pub fn document(tenant: &TenantId, source: &SourceId, document: &DocumentName, version: u32) -> Self {
        Self { partition: Self::documents_of(tenant), sort: format!("{source}/{document}/{version:06}") }
    }

    /// The partition of the documents that were handed in.
    pub fn documents_of(tenant: &TenantId) -> String {
        format!("{tenant}/documents")
    }

    /// The sort keys of one source's documents: from, included, to, excluded.
    pub fn documents_of_source(source: &SourceId) -> (String, String) {
        between(source.as_str())
    }

    pub(crate) fn lock(key: &str) -> Self {
        Self { partition: Self::LOCKS.to_owned(), sort: key.to_owned() }
    }

    /// The partition in which the embedded Locker keeps the locks of its objects. No tenant can have this name.
    pub const LOCKS: &'static str = "@locks";
}

/// The sort keys that begin with `folder/`: from, included, to, excluded. Behind the slash comes the zero.
pub(crate) fn between(folder: &str) -> (String, String) {
    (format!("{folder}/"), format!("{folder}0"))
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
