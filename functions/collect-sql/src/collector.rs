//! Databases as a source.

use crate::{ask::Ask, clickhouse, mysql, network::Address, postgresql, sqlite};
use catalog::{Access, SqlAccess, SqlEngine};
use collecting::{Asking, CollectError, Fetch, Fetched, Order, Pace, Retry, Secrets};
use std::path::PathBuf;
use storage::Spool;

/// The collector, as the catalog names it.
pub const NAME: &str = "sql";

// What one answer takes while it is written: rows on their way, and buffers.
const MEMORY: u64 = 32 << 20;

/// Collects from databases, with accounts that can only read.
#[derive(Debug, Clone)]
pub struct SqlCollector {
    /// Where the accounts' passwords are.
    pub secrets: Secrets,
    /// What keeps the sources' limits.
    pub pace: Pace,
    /// The sources' root, below which SQLite files lie; none where there are no files.
    pub root: Option<PathBuf>,
    /// Whether each tenant's files lie in a folder of its own below the root.
    pub folder_for_each_tenant: bool,
    /// How often a database that does not answer is connected to.
    pub retry: Retry,
}

impl Fetch for SqlCollector {
    async fn fetch(&self, order: &Order, asking: &Asking<'_>, spool: Spool) -> Result<Fetched, CollectError> {
        let Access::Sql(access) = &order.access else {
            return Err(CollectError::other_source(NAME, &order.access));
        };
        let _held = asking.budget.hold(MEMORY).await;
        match access.engine {
            SqlEngine::Postgresql => {
                let (ask, address) = self.asked(order, asking, access, postgresql::PORT).await?;
                postgresql::fetch(&ask, &address, &self.retry, &self.pace, spool).await
            }
            SqlEngine::Sqlite => {
                let ask = Ask::new(order, asking, format!("sqlite:{}", access.address))?;
                sqlite::fetch(ask, self.root(order)?, &self.pace, spool).await
            }
            SqlEngine::Mysql => {
                let (ask, address) = self.asked(order, asking, access, mysql::PORT).await?;
                mysql::fetch(&ask, &address, &self.retry, &self.pace, spool).await
            }
            SqlEngine::Clickhouse => {
                let server = clickhouse::Server::parse(&access.address)?;
                let ask = self.ask(order, asking, access, server.told()).await?;
                clickhouse::fetch(ask, server, &self.retry, &self.pace, spool).await
            }
        }
    }
}

impl SqlCollector {
    async fn asked(
        &self,
        order: &Order,
        asking: &Asking<'_>,
        access: &SqlAccess,
        port: u16,
    ) -> Result<(Ask, Address), CollectError> {
        let address = Address::parse(&access.address, port)?;
        let ask = self.ask(order, asking, access, format!("{}://{}", access.engine, address.told())).await?;
        Ok((ask, address))
    }

    async fn ask(
        &self,
        order: &Order,
        asking: &Asking<'_>,
        access: &SqlAccess,
        endpoint: String,
    ) -> Result<Ask, CollectError> {
        let ask = Ask::new(order, asking, endpoint)?;
        let secret = match &access.secret {
            Some(name) => Some(self.secrets.get(name).await?),
            None => None,
        };
        Ok(ask.with_secret(secret))
    }

    fn root(&self, order: &Order) -> Result<PathBuf, CollectError> {
        let root = self.root.clone().ok_or_else(|| CollectError::Source {
            reason: "there is no folder of sources here, below which a SQLite file could lie".to_owned(),
        })?;
        Ok(if self.folder_for_each_tenant { root.join(order.slot.tenant.as_str()) } else { root })
    }
}
