//! Slots that are committed before their period: what is due, told before anybody knows what will come of it. Spec:
//! `docs/formats/slot-commitment.md`.

use crate::{
    ControlId, CustodyEvent, Digest, EventKind, FrameworkId, Granularity, Period, PeriodError, Slot, SourceId,
    TenantId, Timestamp,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// From `from` on, every period of the control has a slot for each of the sources, until a later commitment of the control takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotCommitment {
    /// The control.
    pub control: ControlId,
    /// The length of its periods.
    pub every: Granularity,
    /// Who is asked for each, in order; nobody when the control is taken out of the catalog.
    pub sources: Vec<SourceId>,
    /// The frameworks whose reports rest on the control, in order.
    pub frameworks: Vec<FrameworkId>,
    /// The start of the first period that it is about. A control that is new begins with the period that is open; a change begins with the
    /// next, so that nothing that was due already can be taken back.
    pub from: Timestamp,
    /// How long after its end a period is sealed.
    pub grace_hours: u32,
    /// The SHA-256 of the catalog that says so.
    pub catalog: Digest,
}

impl SlotCommitment {
    /// Whether it says the same as `other`, whenever that began and whichever catalog said so.
    pub fn says_the_same(&self, other: &SlotCommitment) -> bool {
        let of = |it: &SlotCommitment| (it.every, it.sources.clone(), it.frameworks.clone());
        of(self) == of(other)
    }

    /// When `period` is to be sealed.
    pub fn seals_at(&self, period: &Period) -> Timestamp {
        let grace = SignedDuration::from_hours(self.grace_hours.into());
        period.end().checked_add(grace).unwrap_or(Timestamp::MAX)
    }

    /// Where a commitment that is made at `now` begins, after `before`.
    pub fn begins(
        every: Granularity,
        before: Option<&SlotCommitment>,
        now: Timestamp,
    ) -> Result<Timestamp, PeriodError> {
        let Some(before) = before else { return Ok(every.containing(now)?.start()) };
        let open = before.every.containing(now.max(before.from))?.end();
        let next = every.containing(open)?;
        Ok(if next.start() == open { open } else { next.end() })
    }
}

/// A slot that was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedSlot {
    /// The slot.
    pub slot: Slot,
    /// When it was committed.
    pub committed_at: Timestamp,
    /// The place of its commitment among those that were added, from 0.
    pub commitment: usize,
}

/// Every commitment of a tenant, in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commitments {
    by_control: BTreeMap<ControlId, Vec<Made>>,
    count: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Made {
    at: Timestamp,
    place: usize,
    commitment: SlotCommitment,
}

impl Commitments {
    /// Those among `events`, which are in their order.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a CustodyEvent>) -> Self {
        let mut commitments = Self::default();
        for event in events {
            if let EventKind::SlotsCommitted(commitment) = &event.kind {
                commitments.add(commitment.clone(), event.recorded_at);
            }
        }
        commitments
    }

    /// Adds one that was made after all that are there.
    pub fn add(&mut self, commitment: SlotCommitment, at: Timestamp) {
        let made = Made { at, place: self.count, commitment };
        self.count += 1;
        self.by_control.entry(made.commitment.control.clone()).or_default().push(made);
    }

    /// Every control that was ever committed.
    pub fn controls(&self) -> impl Iterator<Item = &ControlId> {
        self.by_control.keys()
    }

    /// What was said last of a control.
    pub fn latest(&self, control: &ControlId) -> Option<&SlotCommitment> {
        Some(&self.by_control.get(control)?.last()?.commitment)
    }

    /// When `control` was first committed, and from when on.
    pub fn first(&self, control: &ControlId) -> Option<(Timestamp, &SlotCommitment)> {
        let first = self.by_control.get(control)?.first()?;
        Some((first.at, &first.commitment))
    }

    /// The commitment that is about the periods of `control` that begin at `start`.
    pub fn in_force(&self, control: &ControlId, start: Timestamp) -> Option<&SlotCommitment> {
        Some(&self.made(control, start)?.commitment)
    }

    fn made(&self, control: &ControlId, start: Timestamp) -> Option<&Made> {
        self.by_control.get(control)?.iter().rev().find(|made| made.commitment.from <= start)
    }

    /// Every period of `control` that belongs to `window` and that a commitment is about, in order, with it.
    pub fn periods(&self, control: &ControlId, window: &Period) -> Result<Vec<(Period, &SlotCommitment)>, PeriodError> {
        let mut periods = Vec::new();
        for made in self.by_control.get(control).into_iter().flatten() {
            for period in window.divide(made.commitment.every)? {
                if self.made(control, period.start()).is_some_and(|in_force| in_force.place == made.place) {
                    periods.push((period, &made.commitment));
                }
            }
        }
        periods.sort_by_key(|(period, _)| *period);
        Ok(periods)
    }

    /// Every slot of `tenant` that is committed and belongs to `window`, of the controls that `framework` rests on, by evidence id.
    pub fn slots(
        &self,
        tenant: &TenantId,
        framework: &FrameworkId,
        window: &Period,
    ) -> Result<Vec<CommittedSlot>, PeriodError> {
        let mut slots = Vec::new();
        for control in self.by_control.keys() {
            for (period, commitment) in self.periods(control, window)? {
                let Some(made) = self.made(control, period.start()) else { continue };
                if !commitment.frameworks.contains(framework) {
                    continue;
                }
                for source in &commitment.sources {
                    let (tenant, control, source) = (tenant.clone(), control.clone(), source.clone());
                    let slot = Slot { tenant, control, source, period };
                    slots.push(CommittedSlot { slot, committed_at: made.at, commitment: made.place });
                }
            }
        }
        slots.sort_by_key(|committed| committed.slot.evidence_id());
        Ok(slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn committed(every: Granularity, sources: &[&str], from: &str) -> SlotCommitment {
        SlotCommitment {
            control: "access-mfa".parse().unwrap(),
            every,
            sources: sources.iter().map(|source| source.parse().unwrap()).collect(),
            frameworks: vec!["soc2".parse().unwrap()],
            from: at(from),
            grace_hours: 24,
            catalog: Digest::of(b""),
        }
    }

    fn ids(commitments: &Commitments, window: &str) -> Vec<String> {
        let (tenant, framework) = ("acme".parse().unwrap(), "soc2".parse().unwrap());
        let slots = commitments.slots(&tenant, &framework, &window.parse().unwrap()).unwrap();
        slots.iter().map(|committed| committed.slot.evidence_id().to_string()).collect()
    }

    #[test]
    fn a_control_that_is_new_begins_with_the_open_period_and_a_change_with_the_next() {
        let day = Granularity::Day;
        let now = at("2026-07-15T10:00:00Z");
        assert_eq!(SlotCommitment::begins(day, None, now).unwrap(), at("2026-07-15T00:00:00Z"));
        let before = committed(day, &["a"], "2026-07-01T00:00:00Z");
        assert_eq!(SlotCommitment::begins(day, Some(&before), now).unwrap(), at("2026-07-16T00:00:00Z"));
        // Days go on until the first whole month begins.
        assert_eq!(SlotCommitment::begins(Granularity::Month, Some(&before), now).unwrap(), at("2026-08-01T00:00:00Z"));
        // Changed again before the first change began: it still takes nothing back.
        let later = committed(Granularity::Month, &["a"], "2026-08-01T00:00:00Z");
        assert_eq!(SlotCommitment::begins(day, Some(&later), now).unwrap(), at("2026-09-01T00:00:00Z"));
    }

    #[test]
    fn slots_follow_from_the_commitment_that_is_in_force_when_their_period_begins() {
        let mut commitments = Commitments::default();
        commitments.add(committed(Granularity::Day, &["a", "b"], "2026-07-29T00:00:00Z"), at("2026-07-29T09:00:00Z"));
        commitments.add(committed(Granularity::Day, &["a"], "2026-07-31T00:00:00Z"), at("2026-07-30T09:00:00Z"));
        let july = [
            "access-mfa.a.2026-07-29",
            "access-mfa.a.2026-07-30",
            "access-mfa.a.2026-07-31",
            "access-mfa.b.2026-07-29",
            "access-mfa.b.2026-07-30",
        ];
        assert_eq!(ids(&commitments, "2026-07"), july);
        commitments.add(committed(Granularity::Month, &[], "2026-08-01T00:00:00Z"), at("2026-07-31T09:00:00Z"));
        assert_eq!(ids(&commitments, "2026-07"), july);
        assert!(ids(&commitments, "2026-08").is_empty());
        assert!(ids(&commitments, "2026-06").is_empty());
    }

    #[test]
    fn a_framework_has_the_slots_of_its_own_controls() {
        let mut commitments = Commitments::default();
        commitments.add(committed(Granularity::Day, &["a"], "2026-07-29T00:00:00Z"), at("2026-07-29T09:00:00Z"));
        let slots = commitments.slots(&"acme".parse().unwrap(), &"sox".parse().unwrap(), &"2026-07".parse().unwrap());
        assert!(slots.unwrap().is_empty());
    }
}
