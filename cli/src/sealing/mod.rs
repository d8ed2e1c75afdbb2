//! The log of a data directory: its keys, and what enters it when.

mod key;

pub use key::LogKeys;

use crate::{CommandError, Home, Layout};
use custody_log::{LogError, Opened, SignedCheckpoint, VerificationKey};
use domain::{Actor, TenantId};
use runtime::{Clock, Configuration};
use seal::{SealError, Sealed, Settled, Signer};
use std::path::{Path, PathBuf};
use storage::{RecordKey, Storage};

/// The log of a data directory. It needs neither the catalog nor the sources.
#[derive(Clone)]
pub struct OwnLog {
    /// Where it is kept.
    pub storage: Storage,
    /// Whose.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: Actor,
    /// The time.
    pub clock: Clock,
    origin: String,
    directory: PathBuf,
}

impl OwnLog {
    /// The log of an opened data directory.
    pub fn of(home: &Home) -> Self {
        Self {
            storage: home.storage.clone(),
            tenant: home.tenant.clone(),
            actor: home.actor.clone(),
            clock: home.clock,
            origin: home.log_origin(),
            directory: home.layout.directory.clone(),
        }
    }

    /// The log of the data directory at `directory`.
    pub fn open(directory: &Path, clock: Clock) -> Result<Self, CommandError> {
        let configuration = Configuration::read(directory)?;
        let layout = Layout::of(directory);
        let storage = Storage::embedded_existing(&layout.custody)?;
        let (origin, directory) = (configuration.log_origin(), layout.directory);
        Ok(Self { storage, tenant: configuration.tenant, actor: configuration.actor, clock, origin, directory })
    }

    /// The keys, the first one made on first use. A key that is gone is not replaced: what it signed could not be followed.
    pub async fn keys(&self) -> Result<LogKeys, CommandError> {
        if !LogKeys::are_in(&self.directory) {
            if self.storage.custodian.log_head(&self.tenant).await?.is_some() {
                let message = format!(
                    "{} has a log and its key is gone: put log.key back from where it is kept safe; nothing is lost meanwhile, events wait",
                    self.directory.display()
                );
                return Err(CommandError::Invalid(message));
            }
            LogKeys::make(&self.directory, &self.origin)?;
        }
        LogKeys::read(&self.directory, &self.origin)
    }

    /// Makes the key and says so, as the log's first event, before anything else enters it.
    pub async fn begin(&self) -> Result<(), CommandError> {
        match self.storage.custodian.log_head(&self.tenant).await? {
            Some(_) => Ok(()),
            None => self.seal().await.map(drop),
        }
    }

    /// Closes periods, appends what waits, and publishes the checkpoint.
    pub async fn seal(&self) -> Result<Sealed, CommandError> {
        let keys = self.keys().await?;
        let signers = keys.signers();
        self.announce(&keys.verification_key()).await?;
        // After what was announced: what is recorded later than this does not enter the log yet.
        let now = self.clock.now();
        // Without its type: what waits for it would otherwise be of one too deep for the compiler.
        let sealing = seal::seal(&self.storage, &self.tenant, &self.actor, &signers, Settled::HERE, now);
        Ok(Box::pin(sealing).await?)
    }

    // A key signs only after the log has said that it does.
    async fn announce(&self, key: &VerificationKey) -> Result<(), CommandError> {
        let (text, custodian) = (key.to_string(), &self.storage.custodian);
        if self.storage.table.get(&RecordKey::log_key(&self.tenant, &text)).await?.is_some() {
            return Ok(());
        }
        if custodian.log_head(&self.tenant).await?.is_some() {
            let message = format!(
                "log.key holds {text}, which the log does not know: put the key back that signed it, or hand over to a new one \
                 with `exhibit log rotate-key`"
            );
            return Err(CommandError::Invalid(message));
        }
        Ok(custodian.rotate_key(&self.tenant, &self.actor, None, &text, self.clock.now()).await?)
    }

    /// The newest checkpoint, its signature checked, and the signed note itself; none while the log is empty.
    pub async fn checkpoint(&self) -> Result<Option<(Opened, Vec<u8>)>, CommandError> {
        let Some((_, note)) = self.storage.custodian.checkpoint(&self.tenant).await? else { return Ok(None) };
        let trust = self.keys().await?.trust();
        let opened = SignedCheckpoint::read(&note).and_then(|signed| signed.open(&trust));
        Ok(Some((opened.map_err(|source| self.wrong(source))?, note)))
    }

    /// Hands over to a new key: both sign, and from then on the new one alone. Again, after a crash, goes on where that one ended. Gives
    /// the checkpoint that both signed, the new key, and where the old one was put.
    pub async fn rotate_key(&self) -> Result<(Vec<u8>, VerificationKey, PathBuf), CommandError> {
        self.seal().await?;
        let (mut keys, now) = (self.keys().await?, self.clock.now());
        let (from, to) = keys.successor()?;
        let key = to.verification_key();
        let signers = (&Signer::File(from), &Signer::File(to));
        let note = seal::rotate(&self.storage, &self.tenant, &self.actor, signers, now).await?;
        let signed = SignedCheckpoint::read(&note).and_then(|signed| signed.open(&keys.trust()));
        if signed.map_err(|source| self.wrong(source))?.signed_by.len() < 2 {
            let message =
                "somebody else went on with the log in between: run `exhibit log rotate-key` again".to_owned();
            return Err(CommandError::Interrupted(message));
        }
        Ok((note, key, keys.hand_over(now)?))
    }

    /// What is wrong with this log, as an error.
    pub fn wrong(&self, source: LogError) -> CommandError {
        SealError::Log { tenant: self.tenant.to_string(), source }.into()
    }
}

/// Commits the slots that the catalog says are due, before they are. One read where nothing changed.
pub async fn commit_slots(home: &Home) -> Result<u64, CommandError> {
    let (wanted, catalog) = (home.catalog.commitments(), home.catalog.digest());
    OwnLog::of(home).begin().await?;
    let now = home.clock.now();
    Ok(home.storage.custodian.commit_slots(&home.tenant, &home.actor, catalog, &wanted, now).await?)
}
