//! An opened data directory.

use crate::{CommandError, shipped};
use catalog::{Access, Catalog};
use collect_files::Files;
use collecting::{Order, Secrets};
use domain::{Actor, TenantId, Timestamp};
use runtime::{Clock, Configuration, random_token};
use std::path::{Path, PathBuf};
use storage::Storage;

/// Where things are in a data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The data directory itself.
    pub directory: PathBuf,
    /// What Exhibit keeps: records and objects.
    pub custody: PathBuf,
}

impl Layout {
    /// The layout of the data directory at `directory`.
    pub fn of(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), custody: directory.join("custody") }
    }
}

/// An opened data directory: whose it is, what is asked of whom, and where it is kept.
#[derive(Clone)]
pub struct Home {
    /// Where things are.
    pub layout: Layout,
    /// Whose evidence.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: Actor,
    /// What is asked of whom.
    pub catalog: Catalog,
    /// Where sources deliver.
    pub files: Files,
    /// Where evidence is kept.
    pub storage: Storage,
    /// The time.
    pub clock: Clock,
    /// When collecting began: earlier slots are not missing.
    pub since: Option<Timestamp>,
    configuration: Configuration,
}

impl Home {
    /// Opens a data directory.
    pub fn open(directory: &Path, clock: Clock) -> Result<Self, CommandError> {
        let configuration = Configuration::read(directory)?;
        let layout = Layout::of(directory);
        let storage = Storage::embedded_existing(&layout.custody)?;
        Self::with_storage(layout, configuration, storage, clock)
    }

    /// A data directory over a storage that the caller opened.
    pub fn with_storage(
        layout: Layout,
        configuration: Configuration,
        storage: Storage,
        clock: Clock,
    ) -> Result<Self, CommandError> {
        let catalog = match &configuration.catalog {
            Some(folder) => shipped::read_catalog(&layout.directory.join(folder))?,
            None => shipped::shipped_catalog()?,
        };
        let files = Files::directory(layout.directory.join(&configuration.sources));
        let (tenant, actor) = (configuration.tenant.clone(), configuration.actor.clone());
        let since = configuration.since;
        Ok(Self { layout, tenant, actor, catalog, files, storage, clock, since, configuration })
    }

    /// The file patterns of an order: the data directory's own for its source, or else the catalog's. None for a source that delivers no files.
    pub fn patterns(&self, order: &Order) -> Option<Vec<String>> {
        let own = self.configuration.files.get(&order.slot.source);
        match (own, &order.access) {
            (Some(patterns), _) | (None, Access::Files { files: patterns }) => Some(patterns.clone()),
            _ => None,
        }
    }

    /// The folder below which sources deliver.
    pub fn sources(&self) -> PathBuf {
        self.layout.directory.join(&self.configuration.sources)
    }

    /// Where secrets are: in its environment, and in the folder `secrets`.
    pub fn secrets(&self) -> Secrets {
        Secrets::Local { folder: self.layout.directory.join("secrets") }
    }

    /// The name of the log.
    pub fn log_origin(&self) -> String {
        self.configuration.log_origin()
    }

    /// A name under which this process holds a lease.
    pub fn lease_owner(&self) -> String {
        format!("{}/{}", self.storage.presence.name(), random_token())
    }
}
