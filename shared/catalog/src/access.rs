//! How each kind of source is reached. Spec: `docs/formats/catalog.md`.

use domain::{DocumentType, SecretName};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, time::Duration};

/// Which collector asks a source, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// `collect-files`: files below the sources' root.
    Files {
        /// Glob patterns with placeholders: `{last_day}` the last day of the slot's period (`2026-07-31`), `{each_day}`
        /// every day of it in turn, `{period}` its notation (`2026-07`). Each pattern, for each day, has to match a file.
        files: Vec<String>,
    },
    /// `collect-http`: a REST API.
    Http(HttpAccess),
    /// `collect-sql`: a database.
    Sql(SqlAccess),
    /// `collect-aws`: accounts of AWS.
    Aws(AwsAccess),
    /// `collect-logs`: an engine that holds logs.
    Logs(LogsAccess),
    /// Documents that people hand in.
    Upload(UploadAccess),
}

/// The collectors' names, as a catalog writes them.
pub(crate) const COLLECTORS: [&str; 6] = ["files", "http", "sql", "aws", "logs", "upload"];

impl Access {
    /// The collector, as the catalog writes it: `http`.
    pub fn collector(&self) -> &'static str {
        match self {
            Access::Files { .. } => "files",
            Access::Http(_) => "http",
            Access::Sql(_) => "sql",
            Access::Aws(_) => "aws",
            Access::Logs(_) => "logs",
            Access::Upload(_) => "upload",
        }
    }

    /// The values that queries to it may name in braces.
    pub fn values(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Access::Http(http) => Some(&http.values),
            Access::Logs(LogsAccess { place: LogsPlace::Http(http), .. }) => Some(&http.values),
            _ => None,
        }
    }
}

/// A REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAccess {
    /// What every URL begins with: `https://api.github.com`, without a slash at its end.
    pub address: String,
    /// Who asks.
    pub authentication: Option<Authentication>,
    /// How often it may be asked.
    pub limit: Option<Limit>,
    /// What queries may name in braces.
    pub values: BTreeMap<String, String>,
    /// Whether the address may lead to a private network.
    pub private: bool,
}

/// How whoever asks proves who it is. Secrets are named, never given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authentication {
    /// `authorization: Bearer <secret>` (RFC 6750).
    Bearer {
        /// The token.
        secret: SecretName,
    },
    /// `authorization: Basic …` (RFC 7617).
    Basic {
        /// The user.
        user: String,
        /// The password.
        secret: SecretName,
    },
    /// A header of its own.
    Header {
        /// Its name.
        name: String,
        /// What stands before the secret in it: `SSWS `.
        prefix: String,
        /// The rest of its value.
        secret: SecretName,
    },
    /// A token for client credentials (RFC 6749, section 4.4).
    OAuth2 {
        /// Where the token is asked for.
        token_address: String,
        /// The client's id.
        client: String,
        /// Its secret.
        secret: SecretName,
        /// What the token is for.
        scope: Option<String>,
    },
    /// AWS Signature Version 4, with the credentials of the process.
    Aws {
        /// The service that is asked: `es`.
        service: String,
        /// In which region: `eu-central-1`.
        region: String,
    },
}

/// How often a source may be asked, by everybody together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// So many requests …
    pub requests: u32,
    /// … in each of these.
    pub per: LimitPeriod,
}

impl Limit {
    /// How long one request uses up of the whole: requests that begin so far apart never exceed the limit.
    pub fn interval(&self) -> Duration {
        self.per.duration() / self.requests.max(1)
    }
}

/// What a [`Limit`] counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitPeriod {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl LimitPeriod {
    /// Its length.
    pub fn duration(self) -> Duration {
        Duration::from_secs(match self {
            LimitPeriod::Second => 1,
            LimitPeriod::Minute => 60,
            LimitPeriod::Hour => 3600,
        })
    }
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlAccess {
    /// Which.
    pub engine: SqlEngine,
    /// `db.acme.example:5432/payments`; for ClickHouse the address of its HTTP interface; for SQLite a path below the sources' root.
    pub address: String,
    /// Who asks; none for SQLite.
    pub user: Option<String>,
    /// With which password.
    pub secret: Option<SecretName>,
    /// How often it may be asked.
    pub limit: Option<Limit>,
    /// Whether the address may lead to a private network.
    pub private: bool,
}

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SqlEngine {
    /// ClickHouse, over its HTTP interface.
    Clickhouse,
    /// MySQL and MariaDB.
    Mysql,
    /// PostgreSQL.
    Postgresql,
    /// SQLite: a file.
    Sqlite,
}

impl SqlEngine {
    /// As the catalog writes it.
    pub fn name(self) -> &'static str {
        match self {
            SqlEngine::Clickhouse => "clickhouse",
            SqlEngine::Mysql => "mysql",
            SqlEngine::Postgresql => "postgresql",
            SqlEngine::Sqlite => "sqlite",
        }
    }
}

impl fmt::Display for SqlEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Accounts of AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsAccess {
    /// Which regions are asked.
    pub regions: Vec<String>,
    /// Which accounts; the own one when there is none.
    pub accounts: Vec<AwsAccount>,
}

/// An account, and the role that may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsAccount {
    /// Its twelve digits.
    pub id: String,
    /// The ARN of the role that is assumed; none for the own account.
    pub role: Option<String>,
}

/// An engine that holds logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogsAccess {
    /// Which.
    pub engine: LogsEngine,
    /// Where.
    pub place: LogsPlace,
}

/// Where logs are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogsPlace {
    /// Over HTTP.
    Http(HttpAccess),
    /// In accounts of AWS.
    Aws(AwsAccess),
}

/// A kind of engine that holds logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogsEngine {
    /// CloudWatch Logs Insights.
    Cloudwatch,
    /// Elasticsearch.
    Elasticsearch,
    /// OpenSearch.
    Opensearch,
    /// Splunk.
    Splunk,
}

/// Documents that people hand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadAccess {
    /// Which kinds are taken.
    pub types: Vec<DocumentType>,
    /// How large one may be.
    pub largest_megabytes: u32,
}
