//! Slots that were committed and that the catalog asks for no longer.

use crate::{SnapshotError, gap};
use domain::{EvidenceId, Gap, GapReason, ReportRequest, Timestamp};
use std::collections::BTreeSet;
use storage::Storage;

/// A gap for each slot of the request's window that was committed, whose period is over at `now`, and that is not among those that the
/// catalog asks for: its control was taken out, or lost the source, or has periods of another length, or no longer answers for the
/// framework. Whatever was collected for it is not evaluated, and that it was due must not vanish with the catalog that said so.
pub(crate) async fn gaps(
    storage: &Storage,
    request: &ReportRequest,
    asked: &BTreeSet<EvidenceId>,
    now: Timestamp,
) -> Result<Vec<Gap>, SnapshotError> {
    let commitments = storage.custodian.commitments(&request.tenant).await?;
    let committed = commitments.slots(&request.tenant, &request.framework, &request.period)?;
    let slots = committed.into_iter().map(|committed| committed.slot);
    let over = slots.filter(|slot| slot.period.end() <= now && !asked.contains(&slot.evidence_id()));
    Ok(over.map(|slot| gap(slot, GapReason::Withdrawn)).collect())
}
