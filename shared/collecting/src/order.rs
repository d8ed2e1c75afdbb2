//! What there is to collect.

use catalog::{Access, Catalog, Collection, Control, SourceQuery};
use domain::{Period, PeriodError, RetentionClass, Slot, TenantId, Timestamp};

/// What to collect.
#[derive(Debug, Clone)]
pub struct Order {
    /// The slot to fill.
    pub slot: Slot,
    /// The question.
    pub query: SourceQuery,
    /// How the source is reached.
    pub access: Access,
    /// How long the evidence is locked.
    pub retention: RetentionClass,
}

/// The orders that fill the slots of `control` in `window` whose period had ended at `now`, by evidence id.
pub fn orders(
    catalog: &Catalog,
    tenant: &TenantId,
    control: &Control,
    window: &Period,
    now: Timestamp,
) -> Result<Vec<Order>, PeriodError> {
    let slots = catalog.slots(tenant, control, window)?;
    let ended = slots.into_iter().filter(|slot| slot.period.end() <= now);
    Ok(ended.filter_map(|slot| order(catalog, control, slot)).collect())
}

// A catalog that was read has all that it names.
fn order(catalog: &Catalog, control: &Control, slot: Slot) -> Option<Order> {
    let asked = |collection: &&Collection| collection.source == slot.source;
    let query = catalog.source_query(&control.collect.iter().find(asked)?.query)?.clone();
    let access = catalog.source(&slot.source)?.access.clone();
    Some(Order { slot, query, access, retention: control.retention })
}
