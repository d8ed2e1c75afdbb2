#![doc = include_str!("../README.md")]

mod withdrawn;

use catalog::{Catalog, Control};
use domain::{
    Actor, ArtifactReference, ControlId, EvidenceId, EvidenceRecord, EvidenceState, Failure, FrameworkId, Gap,
    GapReason, PeriodError, ReportInputs, ReportRequest, ReportRun, RetentionClass, Slot, Snapshot, SnapshotEvidence,
    Snapshotted, Timestamp, canonical,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::{BTreeMap, BTreeSet};
use storage::{ArtifactKey, Content, Storage, StorageError};

/// Why no snapshot was taken.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The catalog has no such framework.
    #[error("the catalog has no framework {asked}; it has {known}")]
    UnknownFramework {
        /// What was asked for.
        asked: FrameworkId,
        /// What there is.
        known: String,
    },
    /// No control of the catalog answers for the framework.
    #[error(
        "no control that is operated satisfies a requirement of {0}: there is nothing to report on; `exhibit coverage` shows which would, and \
         scope.toml in the catalog says which sources there are"
    )]
    NoControls(FrameworkId),
    /// The period cannot be divided into slots.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// The snapshot has no canonical form.
    #[error(transparent)]
    Canonical(#[from] canonical::CanonicalError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl SnapshotError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            SnapshotError::Storage(error) => error.failure(),
            _ => Failure::InvalidInput,
        }
    }
}

// How many questions are put to a store at once: each takes milliseconds, nearly all of it waiting.
const AT_ONCE: usize = 16;

/// The step as a function of the state machine. It records the run, too: the same run again is no second one, and a state
/// machine that somebody started by hand has one that can be completed or fail.
pub async fn handle(
    storage: &Storage,
    catalog: &Catalog,
    request: &ReportRequest,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<Snapshotted, SnapshotError> {
    let run = ReportRun::requested(request, now);
    storage.custodian.request(&request.tenant, &run).await?;
    snapshot(storage, catalog, request, since, now).await
}

/// Commits the slots of the catalog for the request's tenant, unless that was done, and so publishes it: a report rests on a catalog that the log
/// tells of, also one that is made right after a deployment.
pub async fn commit(
    storage: &Storage,
    catalog: &Catalog,
    request: &ReportRequest,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), SnapshotError> {
    let (digest, wanted) = (catalog.digest(), catalog.commitments());
    storage.custodian.commit_slots(&request.tenant, actor, digest, &wanted, now).await?;
    Ok(())
}

/// Freezes the evidence of the request's window and locks the list, and the catalog it was asked by.
///
/// `since` is when collecting began: earlier slots are due only where evidence of them is there. `now` decides which periods
/// have ended; it does not stand in the snapshot, so that the same evidence gives the same bytes.
pub async fn snapshot(
    storage: &Storage,
    catalog: &Catalog,
    request: &ReportRequest,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<Snapshotted, SnapshotError> {
    let controls = controls_in_scope(catalog, &request.framework)?;
    // The same for each attempt, and for other reports of that month: locks that one has extended are left alone by the next.
    let retain_until = RetentionClass::OF_REPORTS.retain_until_month_ends(now);
    let key = ArtifactKey::catalog(&request.tenant, catalog.digest());
    let kept = storage.locker.deposit(&key, Content::Memory(&catalog.archive()), retain_until).await?;
    let due_since = since.filter(|since| *since > request.period.start());
    let (evidence, gaps) = stand(storage, catalog, request, &controls, due_since, now).await?;
    keep_as_long(storage, &evidence, retain_until).await?;
    let frozen = freeze(request, &controls, kept, due_since, evidence, gaps);
    let bytes = canonical::to_bytes(&frozen)?;
    let ReportRequest { tenant, framework, period, .. } = request;
    let key = ArtifactKey::snapshot(tenant, framework, period, frozen.digest()?);
    let snapshot = storage.locker.deposit(&key, Content::Memory(&bytes), retain_until).await?;
    let inputs = inputs(catalog, request, &snapshot);
    let report_id = inputs.report_id()?;
    let exists = storage.custodian.report(tenant, &report_id).await?.is_some();
    Ok(Snapshotted { request: request.clone(), report_id, snapshot, inputs, controls: frozen.controls, exists })
}

// A report that outlives the lock of its evidence could not be checked any more.
async fn keep_as_long(
    storage: &Storage,
    evidence: &[SnapshotEvidence],
    retain_until: Timestamp,
) -> Result<(), SnapshotError> {
    let extensions = evidence.iter().map(|frozen| keep_one_as_long(storage, &frozen.artifact, retain_until));
    stream::iter(extensions).buffered(AT_ONCE).try_collect().await
}

async fn keep_one_as_long(
    storage: &Storage,
    artifact: &ArtifactReference,
    retain_until: Timestamp,
) -> Result<(), SnapshotError> {
    let lock = storage.locker.lock_of(&artifact.key).await?;
    if lock.is_none_or(|lock| lock.retain_until < retain_until) {
        storage.locker.extend(artifact, retain_until).await?;
    }
    Ok(())
}

fn controls_in_scope<'a>(catalog: &'a Catalog, framework: &FrameworkId) -> Result<Vec<&'a Control>, SnapshotError> {
    if catalog.framework(framework).is_none() {
        let known: Vec<_> = catalog.frameworks().map(|known| known.id.as_str()).collect();
        return Err(SnapshotError::UnknownFramework { asked: framework.clone(), known: known.join(", ") });
    }
    let controls: Vec<_> = catalog.controls_for(framework).collect();
    if controls.is_empty() { Err(SnapshotError::NoControls(framework.clone())) } else { Ok(controls) }
}

fn inputs(catalog: &Catalog, request: &ReportRequest, snapshot: &ArtifactReference) -> ReportInputs {
    ReportInputs {
        format: ReportInputs::FORMAT.to_owned(),
        report_type: "controls".to_owned(),
        tenant: request.tenant.clone(),
        framework: request.framework.clone(),
        period: request.period,
        snapshot: snapshot.digest,
        catalog: catalog.digest(),
        templates: catalog.templates_digest(),
        parameters: BTreeMap::new(),
    }
}

/// Every slot that is due, by evidence id: with its evidence, or with the reason why there is none.
async fn stand(
    storage: &Storage,
    catalog: &Catalog,
    request: &ReportRequest,
    controls: &[&Control],
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Vec<SnapshotEvidence>, Vec<Gap>), SnapshotError> {
    let (mut evidence, mut gaps) = (Vec::new(), Vec::new());
    let records = controls.iter().map(|control| records_by_slot(storage, request, &control.id));
    let records: Vec<_> = stream::iter(records).buffered(AT_ONCE).try_collect().await?;
    let mut asked = BTreeSet::new();
    for (control, records) in controls.iter().zip(records) {
        for slot in catalog.slots(&request.tenant, control, &request.period)? {
            asked.insert(slot.evidence_id());
            match standing(records.get(&slot)) {
                Ok(collected) => evidence.push(collected),
                // What was begun or tried is a gap whenever collecting began: a failure is itself a record.
                Err(GapReason::Missing) if !slot.is_due(since, now) => {}
                Err(reason) => gaps.push(gap(slot, reason)),
            }
        }
    }
    gaps.extend(withdrawn::gaps(storage, request, &asked, now).await?);
    evidence.sort_by(|left, right| left.evidence_id.cmp(&right.evidence_id));
    gaps.sort_by(|left, right| left.evidence_id.cmp(&right.evidence_id));
    Ok((evidence, gaps))
}

fn freeze(
    request: &ReportRequest,
    controls: &[&Control],
    catalog: ArtifactReference,
    due_since: Option<Timestamp>,
    evidence: Vec<SnapshotEvidence>,
    gaps: Vec<Gap>,
) -> Snapshot {
    let mut in_scope: Vec<ControlId> = controls.iter().map(|control| control.id.clone()).collect();
    in_scope.sort();
    Snapshot {
        format: Snapshot::FORMAT.to_owned(),
        tenant: request.tenant.clone(),
        framework: request.framework.clone(),
        period: request.period,
        catalog,
        controls: in_scope,
        due_since,
        expected: (evidence.len() + gaps.len()) as u64,
        evidence,
        gaps,
    }
}

async fn records_by_slot(
    storage: &Storage,
    request: &ReportRequest,
    control: &ControlId,
) -> Result<BTreeMap<Slot, EvidenceRecord>, SnapshotError> {
    let records = storage.custodian.evidence_of(&request.tenant, control, &request.period).await?;
    Ok(records.into_iter().map(|record| (record.slot.clone(), record)).collect())
}

fn standing(record: Option<&EvidenceRecord>) -> Result<SnapshotEvidence, GapReason> {
    let Some(record) = record else { return Err(GapReason::Missing) };
    match &record.state {
        EvidenceState::Pending { .. } => Err(GapReason::Pending),
        EvidenceState::Failed { error, message, .. } => {
            Err(GapReason::Failed { error: error.clone(), message: message.clone() })
        }
        EvidenceState::Waived { reason, waived_by, .. } => {
            Err(GapReason::Waived { reason: reason.clone(), waived_by: waived_by.clone() })
        }
        EvidenceState::Collected(collected) => Ok(SnapshotEvidence {
            evidence_id: record.slot.evidence_id(),
            artifact: collected.artifact.clone(),
            row_count: collected.row_count,
        }),
    }
}

fn gap(slot: Slot, reason: GapReason) -> Gap {
    let evidence_id: EvidenceId = slot.evidence_id();
    Gap { evidence_id, control: slot.control, source: slot.source, period: slot.period, reason }
}
