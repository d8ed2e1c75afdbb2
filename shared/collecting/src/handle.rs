//! The collector as a function: all slots of one control, for every tenant.

use crate::{
    Fetch, Invocation, Outcome, Secrets, Task, orders,
    task::{Ended, collect_slots},
};
use catalog::Catalog;
use domain::{CollectionRequest, CollectionRequestError, ControlId, Failure, PeriodError, Slot, TenantId};
use jiff::SignedDuration;
use runtime::{Clock, Metrics};
use serde::Serialize;
use storage::Storage;

/// What a collector works with.
#[derive(Clone)]
pub struct Collector<F> {
    /// Where evidence is kept.
    pub storage: Storage,
    /// What is asked of whom.
    pub catalog: Catalog,
    /// Everybody whose evidence is collected.
    pub tenants: Vec<TenantId>,
    /// What asks the sources.
    pub fetch: F,
    /// Where secrets are.
    pub secrets: Secrets,
    /// Which sources it asks, as the catalog names their collector: `http`. Slots of others are another function's.
    pub asks: &'static str,
}

/// How many slots ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Collection {
    /// Filled now.
    pub collected: u64,
    /// Filled before.
    pub already_collected: u64,
    /// Somebody else is at them.
    pub under_way: u64,
}

/// Why a collection did not fill every slot.
#[derive(Debug, thiserror::Error)]
pub enum CollectionError {
    /// The catalog has no such control.
    #[error("the catalog has no control {0}")]
    UnknownControl(ControlId),
    /// Nobody collects for that tenant here.
    #[error("nothing is collected for the tenant {0}: EXHIBIT_TENANTS does not name it")]
    UnknownTenant(TenantId),
    /// What is asked for is no window.
    #[error(transparent)]
    Request(#[from] CollectionRequestError),
    /// The window leaves the calendar.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// Some slots were not filled. Each is recorded with its own reason.
    #[error("{failed} of {slots} slots of {control} were not filled: {reasons}")]
    Slots {
        /// The control.
        control: ControlId,
        /// How many slots there are.
        slots: usize,
        /// How many were not filled.
        failed: usize,
        /// The gravest failure among them.
        worst: Failure,
        /// The first few, each with its reason.
        reasons: String,
    },
}

impl CollectionError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            CollectionError::Slots { worst, .. } => *worst,
            _ => Failure::InvalidInput,
        }
    }
}

// How long nobody else may begin what an invocation has begun: as long as a Lambda may run.
const LEASE: SignedDuration = SignedDuration::from_mins(15);
const AT_ONCE: usize = 8;
const NAMED: usize = 5;

/// Fills the slots of a request, under leases of `owner`, and fails when any was not filled, after all were tried. The same
/// request again under the same owner goes on where it had come to; a source that had refused it is not asked again.
pub async fn handle<F: Fetch>(
    collector: &Collector<F>,
    request: &CollectionRequest,
    owner: &str,
    clock: Clock,
    metrics: &Metrics,
) -> Result<Collection, CollectionError> {
    let tasks = tasks(collector, request, owner, clock)?;
    let mut all = Vec::with_capacity(tasks.len());
    collect_slots(&collector.storage, tasks, AT_ONCE, |slot, ended| all.push((slot, ended))).await;
    all.sort_by(|left, right| left.0.cmp(&right.0));
    let missing = all.iter().filter(|(_, ended)| failure(ended).is_some()).count();
    let control = request.control.as_str();
    for (_, ended) in &all {
        metrics.count("Collections", &[("Control", control), ("Outcome", outcome(ended))], 1);
    }
    metrics.count("SlotsMissing", &[], missing as u64);
    // CloudWatch charges for each control that tells this: only those tell it that have something to tell.
    if missing > 0 {
        metrics.count("SlotsMissing", &[("Control", control)], missing as u64);
    }
    judge(&request.control, &all)
}

fn tasks<F: Fetch>(
    collector: &Collector<F>,
    request: &CollectionRequest,
    owner: &str,
    clock: Clock,
) -> Result<Vec<Task<F>>, CollectionError> {
    let unknown = || CollectionError::UnknownControl(request.control.clone());
    let control = collector.catalog.control(&request.control).ok_or_else(unknown)?;
    let window = request.window(control.period)?;
    let actor = request.requested_by.clone();
    let secrets = collector.secrets.clone();
    let invocation = Invocation { owner: owner.to_owned(), actor, clock, lease: LEASE, secrets };
    let mut tasks = Vec::new();
    for tenant in tenants(collector, request)? {
        let orders = orders(&collector.catalog, tenant, control, &window, clock.now())?;
        let own = orders.into_iter().filter(|order| order.access.collector() == collector.asks);
        let task = |order| Task { order, fetch: collector.fetch.clone(), invocation: invocation.clone() };
        tasks.extend(own.map(task));
    }
    Ok(tasks)
}

fn tenants<'a, F>(
    collector: &'a Collector<F>,
    request: &'a CollectionRequest,
) -> Result<&'a [TenantId], CollectionError> {
    match request.tenants.iter().find(|tenant| !collector.tenants.contains(tenant)) {
        Some(tenant) => Err(CollectionError::UnknownTenant(tenant.clone())),
        None if request.tenants.is_empty() => Ok(&collector.tenants),
        None => Ok(&request.tenants),
    }
}

fn outcome(ended: &Ended) -> &'static str {
    match ended {
        Ok(Outcome::Collected { new: true, .. }) => "Collected",
        Ok(Outcome::Collected { new: false, .. }) => "AlreadyCollected",
        Ok(Outcome::UnderWay { .. }) => "UnderWay",
        Ok(Outcome::Failed { failure, .. }) => failure.name(),
        Err(error) => error.failure().name(),
    }
}

fn failure(ended: &Ended) -> Option<(Failure, String)> {
    match ended {
        Ok(Outcome::Collected { .. } | Outcome::UnderWay { .. }) => None,
        Ok(Outcome::Failed { failure, message }) => Some((*failure, message.clone())),
        Err(error) => Some((error.failure(), error.to_string())),
    }
}

fn judge(control: &ControlId, all: &[(Slot, Ended)]) -> Result<Collection, CollectionError> {
    let failed: Vec<_> = all.iter().filter_map(|(slot, ended)| Some((slot, failure(ended)?))).collect();
    let Some(worst) = failed.iter().map(|(_, (failure, _))| *failure).max() else { return Ok(tally(all)) };
    let told = failed.iter().take(NAMED);
    let told = told
        .map(|(slot, (failure, message))| format!("{} of {}: {failure}: {message}", slot.evidence_id(), slot.tenant));
    let reasons = told.collect::<Vec<_>>().join("; ");
    Err(CollectionError::Slots { control: control.clone(), slots: all.len(), failed: failed.len(), worst, reasons })
}

fn tally(all: &[(Slot, Ended)]) -> Collection {
    let count = |wanted: &str| all.iter().filter(|(_, ended)| outcome(ended) == wanted).count() as u64;
    Collection {
        collected: count("Collected"),
        already_collected: count("AlreadyCollected"),
        under_way: count("UnderWay"),
    }
}
