//! Nothing is missing, and everything came in its order: the report against the log.

use crate::{Entry, History, Problem, Verdict, order::Index};
use domain::{
    Commitments, CommittedSlot, EventKind, EvidenceId, Gap, GapReason, PeriodError, ReportRecord, Snapshot,
    SnapshotEvidence,
};
use std::collections::BTreeMap;

/// One report and the log that tells of it.
pub(crate) struct Case<'a> {
    pub(crate) record: &'a ReportRecord,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) history: &'a History,
    pub(crate) index: &'a Index<'a>,
    /// Whether it stands in a store and not in a bundle: then it may be older than the log, and may not be completed yet.
    pub(crate) of_a_store: bool,
}

/// Checks one report of a store against the log that tells of it.
pub fn check_history(record: &ReportRecord, snapshot: &Snapshot, history: &History) -> Vec<Problem> {
    let index = Index::of(history);
    let mut verdict = Verdict::default();
    Case { record, snapshot, history, index: &index, of_a_store: true }.check(&mut verdict);
    verdict.problems
}

/// The two entries between which the snapshot was taken.
#[derive(Clone, Copy)]
struct Between<'a> {
    requested: &'a Entry,
    stored: &'a Entry,
}

impl Case<'_> {
    pub(crate) fn check(&self, verdict: &mut Verdict) {
        let Some(between) = self.between(verdict) else { return };
        let before = self.history.entries.iter().filter(|entry| entry.index < between.stored.index);
        let commitments = Commitments::of(before.map(|entry| &entry.event));
        let slots = match self.committed(&commitments, between) {
            Ok(slots) => slots,
            Err(error) => return verdict.problem("the log", error),
        };
        self.check_slots(&slots, verdict);
        self.check_evidence((&commitments, &slots), between, verdict);
        for gap in &self.snapshot.gaps {
            self.check_gap(gap, between, verdict);
        }
        self.check_catalog(between, verdict);
    }

    fn between(&self, verdict: &mut Verdict) -> Option<Between<'_>> {
        let report_id = &self.record.report_id;
        let what = format!("report {report_id}");
        let Some(stored) = self.index.stored(report_id) else {
            verdict.problem(
                &what,
                "no entry of the log tells of it: it was made outside, or the end of the log was cut off",
            );
            return None;
        };
        let digest = domain::canonical::digest(self.record).ok();
        if !matches!(&stored.event.kind, EventKind::ReportStored { record, .. } if Some(*record) == digest) {
            let message =
                format!("entry {} of the log tells of another report under its id: files were exchanged", stored.index);
            verdict.problem(&what, message);
        }
        match self.index.verified(report_id) {
            Some(verified) if verified.index > stored.index => {}
            Some(_) => verdict.problem(&what, "the log says that it was read back before it was stored"),
            None if self.of_a_store => return None,
            None => verdict.problem(&what, "no entry of the log tells that it was read back: it was not completed"),
        }
        let Some(requested) = self.index.requested(report_id, stored) else {
            verdict.problem(&what, "no entry of the log tells of the request that it answers");
            return None;
        };
        Some(Between { requested, stored })
    }

    // Slots that were committed when the report was stored and whose period was over when it was asked for.
    fn committed(&self, commitments: &Commitments, between: Between<'_>) -> Result<Vec<CommittedSlot>, PeriodError> {
        let Snapshot { tenant, framework, period, .. } = self.snapshot;
        let slots = commitments.slots(tenant, framework, period)?;
        let asked_at = between.requested.event.recorded_at;
        Ok(slots.into_iter().filter(|committed| committed.slot.period.end() <= asked_at).collect())
    }

    fn check_slots(&self, slots: &[CommittedSlot], verdict: &mut Verdict) {
        let evidence = self.snapshot.evidence.iter().map(|frozen| &frozen.evidence_id);
        let known: std::collections::BTreeSet<&EvidenceId> =
            evidence.chain(self.snapshot.gaps.iter().map(|gap| &gap.evidence_id)).collect();
        for committed in slots {
            let evidence_id = committed.slot.evidence_id();
            verdict.checked.slots += 1;
            verdict.checked.committed_before += u64::from(committed.committed_at <= committed.slot.period.start());
            if !known.contains(&evidence_id) {
                let message = format!(
                    "its slot was committed at {}, and the report neither rests on it nor names it missing",
                    committed.committed_at
                );
                verdict.problem(evidence_id, message);
            }
        }
        verdict.checked.gaps = self.snapshot.gaps.len() as u64;
    }

    fn check_evidence(
        &self,
        (commitments, slots): (&Commitments, &[CommittedSlot]),
        between: Between<'_>,
        verdict: &mut Verdict,
    ) {
        let committed: BTreeMap<EvidenceId, usize> =
            slots.iter().map(|committed| (committed.slot.evidence_id(), committed.commitment)).collect();
        let mut uncommitted = 0_u64;
        for frozen in &self.snapshot.evidence {
            let Some(collected) = self.collected(frozen, verdict) else { continue };
            if collected.index > between.stored.index {
                let message = format!(
                    "it was collected (entry {}) after the report that rests on it had been made (entry {})",
                    collected.index, between.stored.index
                );
                verdict.problem(&frozen.evidence_id, message);
            }
            match committed.get(&frozen.evidence_id).and_then(|place| self.index.commitments.get(*place)) {
                Some(commitment) if commitment.index < collected.index => {}
                Some(commitment) => {
                    let message = format!(
                        "it was collected (entry {}) before its slot was committed (entry {})",
                        collected.index, commitment.index
                    );
                    verdict.problem(&frozen.evidence_id, message);
                }
                None => {
                    uncommitted += 1;
                    self.check_uncommitted(commitments, frozen, verdict);
                }
            }
        }
        if uncommitted > 0 {
            verdict.note(format!(
                "{uncommitted} pieces of evidence fill slots that nobody had committed: for those, the log does not show that nothing is missing"
            ));
        }
    }

    // Before a control was ever committed, nobody had said what is due. Once that was said, what was not named is not asked.
    fn check_uncommitted(&self, commitments: &Commitments, frozen: &SnapshotEvidence, verdict: &mut Verdict) {
        let Ok(slot) = frozen.evidence_id.slot(self.snapshot.tenant.clone()) else { return };
        if let Some(commitment) = commitments.in_force(&slot.control, slot.period.start())
            && !commitment.sources.contains(&slot.source)
        {
            verdict.problem(
                &frozen.evidence_id,
                format!("the commitment of {} names no slot of {}", slot.control, slot.source),
            );
        }
    }

    fn collected(&self, frozen: &SnapshotEvidence, verdict: &mut Verdict) -> Option<&Entry> {
        let told = self.index.evidence(&frozen.evidence_id).collected;
        let Some(entry) = told.first() else {
            verdict.problem(&frozen.evidence_id, "no entry of the log tells that it was collected");
            return None;
        };
        let artifact = &frozen.artifact;
        let same = matches!(&entry.event.kind, EventKind::EvidenceCollected { digest, version, .. }
            if *digest == artifact.digest && *version == artifact.version);
        if !same {
            let message = format!("entry {} of the log tells of other bytes than the report rests on", entry.index);
            verdict.problem(&frozen.evidence_id, message);
        }
        Some(entry)
    }

    fn check_gap(&self, gap: &Gap, between: Between<'_>, verdict: &mut Verdict) {
        let told = self.index.evidence(&gap.evidence_id);
        let before_stored = |entry: &&&Entry| entry.index < between.stored.index;
        if let Some(there) = told.collected.iter().find(|entry| entry.index < between.requested.index)
            && gap.reason != GapReason::Withdrawn
        {
            let message =
                format!("the report says that it is missing, and it was there: entry {} of the log", there.index);
            verdict.problem(&gap.evidence_id, message);
        }
        let found = match &gap.reason {
            GapReason::Failed { error, message } => told.failed.iter().rfind(before_stored).is_some_and(|entry| {
                matches!(&entry.event.kind, EventKind::EvidenceFailed { error: e, message: m, .. } if e == error && m == message)
            }),
            GapReason::Waived { reason, waived_by } => told.waived.iter().rfind(before_stored).is_some_and(|entry| {
                entry.event.actor == *waived_by
                    && matches!(&entry.event.kind, EventKind::SlotWaived { reason: r, .. } if r == reason)
            }),
            GapReason::Missing | GapReason::Pending | GapReason::Withdrawn => true,
        };
        if !found {
            verdict.problem(&gap.evidence_id, "the report says why it is missing, and no entry of the log tells so");
        }
    }

    fn check_catalog(&self, between: Between<'_>, verdict: &mut Verdict) {
        let what = format!("catalog {}", self.snapshot.catalog.digest);
        match self.index.published(&self.snapshot.catalog.digest) {
            Some(published) if published.index < between.stored.index => {}
            None if self.of_a_store && self.index.commitments.is_empty() => {}
            Some(_) => verdict.problem(what, "it was published after the report that was made by it"),
            None => verdict
                .problem(what, "no entry of the log tells that it was published: controls or queries were exchanged"),
        }
    }
}
