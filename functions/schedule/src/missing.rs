//! Slots that should have been filled by now, and that nobody even tried to fill.

use crate::ScheduleError;
use catalog::{Catalog, Control};
use domain::{ControlId, EvidenceState, Period, Slot, TenantId, Timestamp};
use jiff::{SignedDuration, ToSpan as _};
use std::collections::{BTreeMap, BTreeSet};
use storage::Storage;

/// How long after the firing a slot may be empty before it is missing.
pub const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// How many periods are looked back for one whose firing is over. A schedule fires at least once a period, or nearly.
const LOOK_BACK: usize = 3;

/// The slots of each control's newest period whose firing and [`GRACE`] are over at `now`, of every tenant, that are neither collected
/// nor failed. Every control of the catalog is named, most with nothing. Periods that had ended before `since` are not looked at.
pub async fn missing(
    storage: &Storage,
    catalog: &Catalog,
    tenants: &[TenantId],
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<BTreeMap<ControlId, Vec<Slot>>, ScheduleError> {
    let mut missing = BTreeMap::new();
    for control in catalog.controls() {
        let mut of_control = Vec::new();
        if let Some(period) = newest_over(control, now)? {
            for tenant in tenants {
                of_control.extend(of_tenant(storage, catalog, control, tenant, &period, since, now).await?);
            }
        }
        missing.insert(control.id.clone(), of_control);
    }
    Ok(missing)
}

// The newest complete period may still wait for its firing; then the one before is the newest that can be missing.
fn newest_over(control: &Control, now: Timestamp) -> Result<Option<Period>, ScheduleError> {
    let mut period = control.period.latest_complete(now)?;
    for _ in 0..LOOK_BACK {
        if fires_at(control, &period).is_some_and(|at| now.duration_since(at) >= GRACE) {
            return Ok(Some(period));
        }
        period = control.period.latest_complete(period.start())?;
    }
    Ok(None)
}

// The first firing at the period's end or later: it collects that period.
fn fires_at(control: &Control, period: &Period) -> Option<Timestamp> {
    control.next_after(period.end().checked_sub(1.second()).ok()?)
}

async fn of_tenant(
    storage: &Storage,
    catalog: &Catalog,
    control: &Control,
    tenant: &TenantId,
    period: &Period,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<Vec<Slot>, ScheduleError> {
    let closed = |state: &EvidenceState| !matches!(state, EvidenceState::Pending { .. });
    let records = storage.custodian.evidence_of(tenant, &control.id, period).await?;
    let ended = records.into_iter().filter(|record| closed(&record.state));
    let ended: BTreeSet<Slot> = ended.map(|record| record.slot).collect();
    let slots = catalog.slots(tenant, control, period)?.into_iter();
    Ok(slots.filter(|slot| slot.is_due(since, now) && !ended.contains(slot)).collect())
}

#[cfg(test)]
mod tests;
