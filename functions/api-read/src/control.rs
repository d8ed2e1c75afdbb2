//! Controls: when each was collected, when it is due, how much of a window is there.

use crate::Reading;
use api::{Coverage, Cursor, Identity, LastCollection, Limit, Listing, Parameters, Refused, Scope};
use axum::{Extension, Json, extract::State};
use catalog::Control;
use domain::{EvidenceRecord, EvidenceState, Granularity, Period, Slot, TenantId, Timestamp};
use jiff::SignedDuration;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    period: Option<String>,
    cursor: Option<Cursor>,
    #[serde(default)]
    limit: Limit,
}

const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(366 * 24);

// Every record of the window is read, a megabyte or about a thousand records at a time: a page ends when it has read this many, which
// takes seconds; and a control that alone has more than fit into the time of an answer is refused.
const SLOTS_OF_A_PAGE: usize = 40_000;
const SLOTS_OF_A_CONTROL: usize = 100_000;

pub(crate) async fn list(
    State(reading): State<Reading>,
    Extension(identity): Extension<Identity>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Json<Listing<api::Control>>, Refused> {
    let now = reading.clock.now();
    let window = window(asked.period.as_deref(), now)?;
    let list = Scope::new(&identity.tenant, "/v1/controls", &[&window.to_string()]);
    let after = asked.cursor.map(|cursor| cursor.sort_key(&list)).transpose()?.unwrap_or_default();
    let rest: Vec<&Control> =
        reading.catalog.controls().filter(|control| control.id.as_str() > after.as_str()).collect();
    let (mut items, mut read) = (Vec::new(), 0);
    for control in rest.iter().take(asked.limit.get()) {
        let count = window.divide(control.period).map_err(Refused::unreadable)?.len() * control.collect.len();
        read += count;
        if read > SLOTS_OF_A_PAGE && !items.is_empty() {
            break;
        }
        refuse_too_many(control, &window, count)?;
        items.push(stand(&reading, &identity.tenant, control, &window, now).await?);
    }
    let last = items.last().filter(|_| items.len() < rest.len());
    let next = last.map(|last: &api::Control| Cursor::after(&list, last.control.as_str()));
    Ok(Json(Listing { items, next }))
}

fn window(asked: Option<&str>, now: Timestamp) -> Result<Period, Refused> {
    let window = match asked {
        Some(text) => text.parse().map_err(Refused::unreadable)?,
        None => Granularity::Quarter.containing(now).map_err(Refused::unreadable)?,
    };
    if window.end().duration_since(window.start()) > LONGEST_WINDOW {
        return Err(Refused::unreadable(format!("the period {window} is longer than a year: ask for a shorter one")));
    }
    Ok(window)
}

fn refuse_too_many(control: &Control, window: &Period, count: usize) -> Result<(), Refused> {
    if count <= SLOTS_OF_A_CONTROL {
        return Ok(());
    }
    let id = &control.id;
    let detail =
        format!("{id} has {count} slots in {window}, more than one answer can count: ask for a shorter period");
    Err(Refused::unreadable(detail))
}

async fn stand(
    reading: &Reading,
    tenant: &TenantId,
    control: &Control,
    window: &Period,
    now: Timestamp,
) -> Result<api::Control, Refused> {
    let custodian = &reading.storage.custodian;
    let records = custodian.evidence_of(tenant, &control.id, window).await?;
    let slots = reading.catalog.slots(tenant, control, window).map_err(Refused::unreadable)?;
    Ok(api::Control {
        control: control.id.clone(),
        title: control.title.clone(),
        sources: control.collect.iter().map(|collection| collection.source.clone()).collect(),
        schedule: control.schedule.clone(),
        granularity: control.period,
        next_due: control.next_after(now),
        last_collection: custodian.last_collected(tenant, &control.id, now).await?.and_then(collection),
        coverage: coverage(window, &slots, &records, |slot| slot.is_due(reading.since, now)),
    })
}

fn collection(record: EvidenceRecord) -> Option<LastCollection> {
    let (evidence_id, period) = (record.slot.evidence_id(), record.slot.period);
    match record.state {
        EvidenceState::Collected(kept) => Some(LastCollection { evidence_id, period, recorded_at: kept.recorded_at }),
        EvidenceState::Pending { .. } | EvidenceState::Failed { .. } | EvidenceState::Waived { .. } => None,
    }
}

// As in a snapshot: what is due, and what was collected, tried or begun although it was not.
fn coverage(window: &Period, slots: &[Slot], records: &[EvidenceRecord], is_due: impl Fn(&Slot) -> bool) -> Coverage {
    let states: BTreeMap<&Slot, &EvidenceState> = records.iter().map(|record| (&record.slot, &record.state)).collect();
    let mut counted =
        Coverage { period: *window, expected: 0, collected: 0, failed: 0, waived: 0, pending: 0, missing: 0 };
    for slot in slots {
        let count = match states.get(slot) {
            Some(EvidenceState::Collected(_)) => &mut counted.collected,
            Some(EvidenceState::Failed { .. }) => &mut counted.failed,
            Some(EvidenceState::Waived { .. }) => &mut counted.waived,
            Some(EvidenceState::Pending { .. }) => &mut counted.pending,
            None if is_due(slot) => &mut counted.missing,
            None => continue,
        };
        *count += 1;
        counted.expected += 1;
    }
    counted
}
