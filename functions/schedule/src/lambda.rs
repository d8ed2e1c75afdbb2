//! The function as it is deployed.

use crate::{Deployment, Plan, ScheduleError, eventbridge, missing, plan};
use catalog::Catalog;
use domain::{Actor, ControlId, EvidenceId, Slot, TenantId, Timestamp};
use runtime::{About, Failed, Metrics, Subject, lambda::Function};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use storage::Storage;

/// What the function is invoked with: by its own schedule, by a deployment, by a person. Nothing of it matters.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Invoked {}

impl About for Invoked {
    fn subject(&self) -> Subject {
        Subject::default()
    }
}

/// What the function is prepared with.
pub struct Prepared {
    client: aws_sdk_eventbridge::Client,
    storage: Storage,
    catalog: Catalog,
    deployment: Deployment,
    tenants: Vec<TenantId>,
    since: Option<Timestamp>,
    actor: Actor,
}

/// What the function did, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The rules.
    #[serde(flatten)]
    pub rules: Plan,
    /// How many commitments of slots were made, over all tenants.
    pub committed: u64,
    /// Slots that nobody tried to fill, by control; controls without any are left out.
    pub missing: BTreeMap<ControlId, Vec<Missing>>,
}

/// A slot that nobody tried to fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Whose evidence.
    pub tenant: TenantId,
    /// The evidence that is missing.
    pub evidence_id: EvidenceId,
}

impl Prepared {
    /// Reads the environment and the catalog.
    pub async fn new(function: &Function) -> Result<Self, Failed> {
        let (environment, clients) = (&function.environment, function.clients().await);
        let text = |read: Result<&str, runtime::EnvironmentError>| read.map(str::to_owned).map_err(Failed::input);
        let tenants = environment.tenants().map_err(Failed::input)?;
        let deployment = Deployment {
            prefix: text(environment.rule_prefix())?,
            tenants: tenants.clone(),
            collectors: environment.collectors().map_err(Failed::input)?,
            dead_letter: text(environment.dead_letter())?,
        };
        Ok(Self {
            client: aws_sdk_eventbridge::Client::new(&clients.config),
            storage: function.storage(&clients)?,
            catalog: function.catalog()?,
            deployment,
            tenants,
            since: environment.since().map_err(Failed::input)?,
            actor: function.actor()?,
        })
    }

    // What the catalog makes due is in the log before a rule can fire for it.
    async fn commit(&self, now: Timestamp) -> Result<u64, ScheduleError> {
        let (digest, wanted) = (self.catalog.digest(), self.catalog.commitments());
        let mut committed = 0;
        for tenant in &self.tenants {
            committed += self.storage.custodian.commit_slots(tenant, &self.actor, digest, &wanted, now).await?;
        }
        Ok(committed)
    }

    async fn apply(&self) -> Result<Plan, ScheduleError> {
        let existing = eventbridge::existing(&self.client, &self.deployment).await?;
        let plan = plan(&self.catalog, &self.deployment, &existing)?;
        // One after the other: a crash between any two leaves what the next run sees and mends (see `plan`).
        for call in &plan.calls {
            eventbridge::make(&self.client, call).await?;
        }
        Ok(plan)
    }
}

/// Commits the slots of the catalog, then makes the rules equal to it, and measures which slots are missing. Those are measured also when the
/// rules could not be set right: that is when they are missing.
pub async fn handle(prepared: &Prepared, metrics: &Metrics, now: Timestamp) -> Result<Answer, ScheduleError> {
    let applied = match prepared.commit(now).await {
        Ok(committed) => prepared.apply().await.map(|rules| (rules, committed)),
        Err(error) => Err(error),
    };
    let Prepared { storage, catalog, tenants, since, .. } = prepared;
    let missing = missing(storage, catalog, tenants, *since, now).await?;
    let all: usize = missing.values().map(Vec::len).sum();
    metrics.count("SlotsMissing", &[], all as u64);
    // CloudWatch charges for each control that tells this: only those tell it that have something to tell.
    for (control, slots) in missing.iter().filter(|(_, slots)| !slots.is_empty()) {
        metrics.count("SlotsMissing", &[("Control", control.as_str())], slots.len() as u64);
    }
    let named = missing.into_iter().filter(|(_, slots)| !slots.is_empty());
    let missing = named.map(|(control, slots)| (control, slots.into_iter().map(name).collect())).collect();
    let (rules, committed) = applied?;
    Ok(Answer { rules, committed, missing })
}

fn name(slot: Slot) -> Missing {
    Missing { evidence_id: slot.evidence_id(), tenant: slot.tenant }
}
