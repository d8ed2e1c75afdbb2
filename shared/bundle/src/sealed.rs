//! Periods that were sealed: each once its grace is over, and what was said of it is what the log tells.

use crate::{Entry, History, Problem, order::Index};
use domain::{
    Commitments, ControlId, EventKind, Period, SealedPeriod, Slot, SlotCommitment, SourceId, TenantId, Timestamp,
};
use jiff::SignedDuration;
use std::collections::BTreeSet;

// What is recorded so shortly before the sealing may have been under way while it was looked at.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(15);

/// Checks every committed period whose grace was over at the log's newest entry. Gives how many were sealed.
pub fn check_sealed(tenant: &TenantId, history: &History, problems: &mut Vec<Problem>) -> u64 {
    let index = Index::of(history);
    let commitments = Commitments::of(history.entries.iter().map(|entry| &entry.event));
    let Some(newest) = history.entries.iter().map(|entry| entry.event.recorded_at).max() else { return 0 };
    let mut sealed = 0;
    for control in commitments.controls() {
        for (period, commitment) in over(&commitments, control, newest) {
            let what = || format!("{control} {period}");
            match index.sealed.get(&(control.to_string(), period.to_string())) {
                None => problems.push(Problem {
                    what: what(),
                    message: "its grace is over, and no entry of the log seals it".to_owned(),
                }),
                Some(entry) => {
                    sealed += 1;
                    if let Some(message) = untrue(tenant, entry, commitment, &index) {
                        problems.push(Problem { what: what(), message });
                    }
                }
            }
        }
    }
    sealed
}

// Every period of the control that begins at the first commitment or later and whose grace was over at `newest`.
fn over<'a>(commitments: &'a Commitments, control: &ControlId, newest: Timestamp) -> Vec<(Period, &'a SlotCommitment)> {
    let Some((_, first)) = commitments.first(control) else { return Vec::new() };
    let Ok(window) = Period::new(first.from, newest) else { return Vec::new() };
    let periods = commitments.periods(control, &window).unwrap_or_default();
    periods.into_iter().filter(|(period, commitment)| commitment.seals_at(period) <= newest).collect()
}

fn untrue(tenant: &TenantId, entry: &Entry, commitment: &SlotCommitment, index: &Index<'_>) -> Option<String> {
    let EventKind::PeriodSealed(said) = &entry.event.kind else { return None };
    let named: Vec<&SourceId> = said.failed.iter().chain(&said.waived).chain(&said.missing).collect();
    let unique: BTreeSet<&&SourceId> = named.iter().collect();
    if said.expected != commitment.sources.len() as u64
        || said.collected + named.len() as u64 != said.expected
        || unique.len() != named.len()
        || named.iter().any(|source| !commitment.sources.contains(source))
    {
        return Some(format!("entry {} seals it with other slots than were committed", entry.index));
    }
    let wrong = commitment.sources.iter().find(|source| !is_told(tenant, entry, said, source, index))?;
    Some(format!("entry {} says of {wrong} what the entries before it do not tell", entry.index))
}

fn is_told(tenant: &TenantId, entry: &Entry, said: &SealedPeriod, source: &SourceId, index: &Index<'_>) -> bool {
    let slot =
        Slot { tenant: tenant.clone(), control: said.control.clone(), source: source.clone(), period: said.period };
    let told = index.evidence(&slot.evidence_id());
    let before = |entries: &[&Entry]| entries.iter().any(|other| other.index < entry.index);
    // Recorded long enough before that whoever sealed has to have seen it.
    let seen = |entries: &[&Entry]| {
        let latest = entry.event.recorded_at.checked_sub(UNDER_WAY).unwrap_or(entry.event.recorded_at);
        entries.iter().any(|other| other.index < entry.index && other.event.recorded_at < latest)
    };
    match () {
        () if said.failed.contains(source) => before(&told.failed) && !seen(&told.collected),
        () if said.waived.contains(source) => before(&told.waived) && !seen(&told.collected),
        () if said.missing.contains(source) => !seen(&told.collected),
        () => before(&told.collected),
    }
}
