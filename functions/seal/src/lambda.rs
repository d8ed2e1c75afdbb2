//! The function as it is deployed.

use crate::{KmsSigner, SealError, Sealed, Settled, Signer, hand_over, seal};
use domain::{Actor, TenantId, Timestamp};
use jiff::SignedDuration;
use runtime::{
    About, Failed, Metrics, Subject,
    lambda::{Function, LogKey},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use storage::{RecordKey, Storage};
use tokio::sync::OnceCell;

/// What the function is invoked with: by its schedule, by a person. Nothing of it matters.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Invoked {}

impl About for Invoked {
    fn subject(&self) -> Subject {
        Subject::default()
    }
}

/// What the function is prepared with.
pub struct Prepared {
    storage: Storage,
    actor: Actor,
    tenants: Vec<TenantId>,
    origin: String,
    kms: aws_sdk_kms::Client,
    key: String,
    next: Option<String>,
    signers: OnceCell<BTreeMap<TenantId, Signers>>,
}

/// Who signs a tenant's checkpoints: one key, or two while the first hands over to the second.
struct Signers {
    current: Signer,
    next: Option<Signer>,
    /// That the log knows the current one.
    announced: OnceCell<()>,
}

/// What the function did, by tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Each log.
    pub logs: BTreeMap<TenantId, SealedLog>,
}

/// What was done to one log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SealedLog {
    /// Periods that were closed.
    pub periods: u64,
    /// Events that were appended.
    pub appended: u64,
    /// The entries of the log after it.
    pub size: u64,
}

impl Prepared {
    /// Reads the environment. KMS is asked by the first invocation that it answers, so that one that it does not answer is only one.
    pub async fn new(function: &Function) -> Result<Self, Failed> {
        let (environment, clients) = (&function.environment, function.clients().await);
        Ok(Self {
            storage: function.storage(&clients)?,
            actor: function.actor()?,
            tenants: environment.tenants().map_err(Failed::input)?,
            origin: environment.log_origin().map_err(Failed::input)?.trim_end_matches('/').to_owned(),
            kms: clients.kms(),
            key: environment.log_key().map_err(Failed::input)?.to_owned(),
            next: environment.next_log_key().map(str::to_owned),
            signers: OnceCell::new(),
        })
    }

    async fn signers(&self) -> Result<&BTreeMap<TenantId, Signers>, Failed> {
        self.signers.get_or_try_init(|| self.read_signers()).await
    }

    async fn read_signers(&self) -> Result<BTreeMap<TenantId, Signers>, Failed> {
        let current = LogKey::read(&self.kms, &self.key).await?;
        let next = match &self.next {
            Some(arn) => Some(LogKey::read(&self.kms, arn).await?),
            None => None,
        };
        let mut all = BTreeMap::new();
        for tenant in &self.tenants {
            let of = |key: &LogKey| self.signer(tenant, key);
            let next = next.as_ref().map(of).transpose()?;
            let signers = Signers { current: of(&current)?, next, announced: OnceCell::new() };
            all.insert(tenant.clone(), signers);
        }
        Ok(all)
    }

    // Whoever keeps this Exhibit publishes what this line says, in a place that Exhibit cannot write to.
    fn signer(&self, tenant: &TenantId, key: &LogKey) -> Result<Signer, Failed> {
        let signer = KmsSigner::new(&format!("{}/{tenant}", self.origin), key).map(Signer::Kms).map_err(failed)?;
        let verification_key = signer.key().to_string();
        tracing::info!(tenant = tenant.as_str(), verification_key, "checkpoints are signed by this key");
        Ok(signer)
    }

    // A key signs only after the log has said that it does. Whoever exchanges it without handing over ends what auditors follow.
    async fn announce(&self, tenant: &TenantId, signers: &Signers, now: Timestamp) -> Result<(), SealError> {
        let (key, custodian) = (signers.current.key().to_string(), &self.storage.custodian);
        if self.storage.table.get(&RecordKey::log_key(tenant, &key)).await?.is_some() {
            return Ok(());
        }
        if custodian.log_head(tenant).await?.is_some() {
            let wrong = "which the log does not know: hand over to it, as docs/operations/rotating-the-log-key.md says";
            return Err(SealError::Key(format!("EXHIBIT_LOG_KEY is {key}, {wrong}")));
        }
        Ok(custodian.rotate_key(tenant, &self.actor, None, &key, now).await?)
    }

    async fn seal(&self, tenant: &TenantId, signers: &Signers, now: Timestamp) -> Result<Sealed, SealError> {
        signers.announced.get_or_try_init(|| self.announce(tenant, signers, now)).await?;
        let (storage, actor, settled) = (&self.storage, &self.actor, Settled::BETWEEN_MACHINES);
        match &signers.next {
            Some(next) => hand_over(storage, tenant, actor, (&signers.current, next), settled, now).await,
            None => seal(storage, tenant, actor, std::slice::from_ref(&signers.current), settled, now).await,
        }
    }

    // How long the event has waited that waits longest; nothing when none does.
    async fn oldest(&self, tenant: &TenantId, now: Timestamp) -> Result<SignedDuration, SealError> {
        let waiting = self.storage.custodian.waiting(tenant, now, now, 1).await?;
        let Some(first) = waiting.first() else { return Ok(SignedDuration::ZERO) };
        Ok(now.duration_since(first.event()?.recorded_at))
    }
}

/// Seals the log of every tenant, whatever becomes of the others, and measures what still waits. Fails with the gravest reason after all were
/// tried; the next minute tries again.
pub async fn handle(prepared: &Prepared, metrics: &Metrics, now: Timestamp) -> Result<Answer, Failed> {
    let (mut answer, mut faults, mut longest) = (Answer::default(), Vec::new(), SignedDuration::ZERO);
    for (tenant, signers) in prepared.signers().await? {
        match prepared.seal(tenant, signers, now).await {
            Ok(Sealed { periods, appended, size }) => {
                answer.logs.insert(tenant.clone(), SealedLog { periods, appended, size });
            }
            Err(error) => faults.push((tenant, error)),
        }
        match prepared.oldest(tenant, now).await {
            Ok(waited) => longest = longest.max(waited),
            Err(error) => faults.push((tenant, error)),
        }
    }
    metrics.count("EventsAppended", &[], answer.logs.values().map(|log| log.appended).sum());
    metrics.seconds("OldestEvent", &[], Duration::try_from(longest).unwrap_or_default());
    gravest(&faults).map_or(Ok(answer), Err)
}

// What no retry mends is graver than what may pass. Each tenant's reason is told.
fn gravest(faults: &[(&TenantId, SealError)]) -> Option<Failed> {
    let graver = |(_, error): &&(&TenantId, SealError)| !error.failure().is_retryable();
    let (_, worst) = faults.iter().find(graver).or(faults.first())?;
    let told: Vec<String> = faults.iter().map(|(tenant, error)| format!("{tenant}: {error}")).collect();
    Some(Failed::new(worst.failure(), told.join("; ")))
}

fn failed(error: SealError) -> Failed {
    Failed::new(error.failure(), error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Failure;

    #[test]
    fn the_gravest_reason_is_the_answer_and_every_tenant_is_named() {
        let (acme, globex) = (TenantId::new("acme").unwrap(), TenantId::new("globex").unwrap());
        let unsigned = |failure| SealError::Unsigned { key: "k".to_owned(), reason: "no".to_owned(), failure };
        assert_eq!(gravest(&[]), None);
        let faults = [(&acme, unsigned(Failure::StorageUnavailable)), (&globex, unsigned(Failure::SourceDenied))];
        let failed = gravest(&faults).unwrap();
        assert_eq!(failed.failure, Failure::SourceDenied);
        assert!(failed.message.contains("acme:") && failed.message.contains("globex:"), "{}", failed.message);
    }
}
