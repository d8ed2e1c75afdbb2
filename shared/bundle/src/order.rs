//! Where things stand in the log: what came before what.

use crate::{Entry, History};
use domain::{Digest, EventKind, EvidenceId, ReportId, RunId};
use std::collections::BTreeMap;

/// The entries about one piece of evidence, each kind in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfEvidence<'a> {
    pub(crate) collected: Vec<&'a Entry>,
    pub(crate) failed: Vec<&'a Entry>,
    pub(crate) waived: Vec<&'a Entry>,
}

/// The entries of a log by what they are about.
#[derive(Debug, Default)]
pub(crate) struct Index<'a> {
    evidence: BTreeMap<EvidenceId, OfEvidence<'a>>,
    stored: BTreeMap<ReportId, &'a Entry>,
    requested: BTreeMap<RunId, &'a Entry>,
    verified: BTreeMap<ReportId, Vec<(&'a RunId, &'a Entry)>>,
    published: BTreeMap<Digest, &'a Entry>,
    /// The commitments, in their order: what [`domain::CommittedSlot::commitment`] counts.
    pub(crate) commitments: Vec<&'a Entry>,
    /// The periods that were sealed, by control and notation.
    pub(crate) sealed: BTreeMap<(String, String), &'a Entry>,
}

impl<'a> Index<'a> {
    pub(crate) fn of(history: &'a History) -> Self {
        let mut index = Self::default();
        history.entries.iter().for_each(|entry| index.add(entry));
        index
    }

    fn add(&mut self, entry: &'a Entry) {
        match &entry.event.kind {
            EventKind::EvidenceCollected { evidence_id, .. } => self.about(evidence_id).collected.push(entry),
            EventKind::EvidenceFailed { evidence_id, .. } => self.about(evidence_id).failed.push(entry),
            EventKind::SlotWaived { evidence_id, .. } => self.about(evidence_id).waived.push(entry),
            EventKind::ReportStored { report_id, .. } => drop(self.stored.entry(*report_id).or_insert(entry)),
            EventKind::ReportRequested { run_id, .. } => drop(self.requested.entry(run_id.clone()).or_insert(entry)),
            EventKind::ReportVerified { run_id, report_id } => {
                self.verified.entry(*report_id).or_default().push((run_id, entry));
            }
            EventKind::CatalogPublished { catalog, .. } => drop(self.published.entry(*catalog).or_insert(entry)),
            EventKind::SlotsCommitted(_) => self.commitments.push(entry),
            EventKind::PeriodSealed(sealed) => {
                self.sealed.insert((sealed.control.to_string(), sealed.period.to_string()), entry);
            }
            EventKind::ReportFailed { .. }
            | EventKind::LinkHandedOut { .. }
            | EventKind::RoleChanged { .. }
            | EventKind::HoldPlaced { .. }
            | EventKind::DocumentSubmitted { .. }
            | EventKind::DocumentApproved { .. }
            | EventKind::DocumentRejected { .. }
            | EventKind::HoldReleased { .. }
            | EventKind::KeyRotated { .. } => {}
        }
    }

    fn about(&mut self, evidence_id: &EvidenceId) -> &mut OfEvidence<'a> {
        self.evidence.entry(evidence_id.clone()).or_default()
    }

    /// What the log tells of a piece of evidence.
    pub(crate) fn evidence(&self, evidence_id: &EvidenceId) -> OfEvidence<'a> {
        self.evidence.get(evidence_id).cloned().unwrap_or_default()
    }

    /// The entry that tells of the report's storing.
    pub(crate) fn stored(&self, report_id: &ReportId) -> Option<&'a Entry> {
        self.stored.get(report_id).copied()
    }

    /// The first entry after the storing that tells that every byte of it was read back.
    pub(crate) fn verified(&self, report_id: &ReportId) -> Option<&'a Entry> {
        self.verified.get(report_id)?.first().map(|(_, entry)| *entry)
    }

    /// The entry of the earliest request that the storing of the report answered: evidence that was there by then has to be in it.
    pub(crate) fn requested(&self, report_id: &ReportId, stored: &Entry) -> Option<&'a Entry> {
        let runs = self.verified.get(report_id)?.iter().filter_map(|(run, _)| self.requested.get(*run));
        runs.copied().filter(|requested| requested.index < stored.index).min_by_key(|requested| requested.index)
    }

    /// The entry that tells of the publication of a catalog.
    pub(crate) fn published(&self, catalog: &Digest) -> Option<&'a Entry> {
        self.published.get(catalog).copied()
    }
}
