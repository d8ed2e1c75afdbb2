//! Sealing periods: what came of the slots of each, told once its grace is over, also when nothing came.

use super::{Custodian, outbox};
use crate::{MOST_WRITES, RecordKey, StorageError, Write, table};
use domain::{
    Actor, Commitments, ControlId, CustodyEvent, EventKind, EvidenceRecord, EvidenceState, Period, SealedPeriod,
    SlotCommitment, SourceId, TenantId, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far the periods of a control are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SealedUntil {
    /// The end of the last period that is.
    until: Timestamp,
}

// As many as one transaction holds beside the record of how far it went.
const AT_ONCE: usize = MOST_WRITES - 1;

impl Custodian {
    /// Seals every period of a tenant whose end and grace are over at `now`. Tells how many.
    ///
    /// One transaction records how far it went and tells of each period, so that each is told of once, whoever seals at the same time.
    pub async fn seal_periods(&self, tenant: &TenantId, actor: &Actor, now: Timestamp) -> Result<u64, StorageError> {
        let commitments = self.commitments(tenant).await?;
        let until = self.sealed_until(tenant).await?;
        let mut sealed = 0;
        for control in commitments.controls() {
            // Asked each minute, and most of the time there is nothing to seal: told by one query for all of them.
            if !due(&commitments, control, until.get(control.as_str()).copied(), now).is_empty() {
                sealed += self.seal_control(tenant, actor, &commitments, control, now).await?;
            }
        }
        Ok(sealed)
    }

    async fn sealed_until(&self, tenant: &TenantId) -> Result<BTreeMap<String, Timestamp>, StorageError> {
        let records = self.table.all(&RecordKey::sealed_of(tenant)).await?;
        let read = records.iter().map(|record| {
            let until: SealedUntil = record.read()?;
            Ok((record.key.sort.clone(), until.until))
        });
        read.collect()
    }

    async fn seal_control(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        commitments: &Commitments,
        control: &ControlId,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let key = RecordKey::sealed(tenant, control);
        let mut sealed = 0;
        loop {
            let found = self.table.get(&key).await?;
            let until: Option<SealedUntil> = found.as_ref().map(|record| record.read()).transpose()?;
            let due = due(commitments, control, until.map(|until| until.until), now);
            let Some((last, _)) = due.last() else { return Ok(sealed) };
            let body = table::body(&key, &SealedUntil { until: last.end() })?;
            let mut writes = vec![match found {
                Some(record) => Write::Swap { key: key.clone(), version: record.version, body },
                None => Write::PutNew { key: key.clone(), body },
            }];
            for told in self.outcomes(tenant, control, &due).await? {
                let event = CustodyEvent::new(tenant.clone(), actor.clone(), now, EventKind::PeriodSealed(told));
                writes.push(outbox(&event)?);
            }
            match self.table.transact(writes).await {
                Ok(()) => sealed += due.len() as u64,
                // Somebody else seals, or did: what is left is looked at again.
                Err(StorageError::Changed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn outcomes(
        &self,
        tenant: &TenantId,
        control: &ControlId,
        due: &[(Period, &SlotCommitment)],
    ) -> Result<Vec<SealedPeriod>, StorageError> {
        let (Some((first, _)), Some((last, _))) = (due.first(), due.last()) else { return Ok(Vec::new()) };
        let window = Period::new(first.start(), last.end());
        let window =
            window.map_err(|error| StorageError::Unreadable { key: control.to_string(), reason: error.to_string() })?;
        let records = self.evidence_of(tenant, control, &window).await?;
        let of: BTreeMap<(Period, SourceId), EvidenceRecord> =
            records.into_iter().map(|record| ((record.slot.period, record.slot.source.clone()), record)).collect();
        Ok(due.iter().map(|(period, commitment)| outcome(*period, commitment, &of)).collect())
    }
}

fn outcome(
    period: Period,
    commitment: &SlotCommitment,
    records: &BTreeMap<(Period, SourceId), EvidenceRecord>,
) -> SealedPeriod {
    let mut sealed = SealedPeriod {
        control: commitment.control.clone(),
        period,
        expected: commitment.sources.len() as u64,
        collected: 0,
        failed: Vec::new(),
        waived: Vec::new(),
        missing: Vec::new(),
    };
    for source in &commitment.sources {
        match records.get(&(period, source.clone())).map(|record| &record.state) {
            Some(EvidenceState::Collected(_)) => sealed.collected += 1,
            Some(EvidenceState::Failed { .. }) => sealed.failed.push(source.clone()),
            Some(EvidenceState::Waived { .. }) => sealed.waived.push(source.clone()),
            Some(EvidenceState::Pending { .. }) | None => sealed.missing.push(source.clone()),
        }
    }
    sealed
}

/// The next periods of `control` after `until` that are to be sealed at `now`; at most [`AT_ONCE`].
fn due<'a>(
    commitments: &'a Commitments,
    control: &ControlId,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Vec<(Period, &'a SlotCommitment)> {
    let first = commitments.first(control).map(|(_, commitment)| commitment.from);
    let Some(mut at) = until.or(first) else { return Vec::new() };
    let mut due = Vec::new();
    while due.len() < AT_ONCE {
        let Some((period, commitment)) = next(commitments, control, at) else { break };
        if commitment.seals_at(&period) > now {
            break;
        }
        at = period.end();
        due.push((period, commitment));
    }
    due
}

// The period that begins at `at`, or the first after it, where units of different length leave a gap between them.
fn next<'a>(commitments: &'a Commitments, control: &ControlId, at: Timestamp) -> Option<(Period, &'a SlotCommitment)> {
    let commitment = commitments.in_force(control, at)?;
    let open = commitment.every.containing(at).ok()?;
    let period = if open.start() == at { open } else { commitment.every.containing(open.end()).ok()? };
    let in_force = commitments.in_force(control, period.start())?;
    match in_force.every == commitment.every {
        true => Some((period, in_force)),
        false => Some((in_force.every.containing(in_force.from).ok()?, in_force)),
    }
}
