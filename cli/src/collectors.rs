//! Every collector there is on one machine, each for its kind of source.

use crate::Home;
use aws_source::Identities;
use catalog::Access;
use collect_aws::AwsCollector;
use collect_files::{FileCollector, Files};
use collect_http::HttpCollector;
use collect_logs::LogsCollector;
use collect_sql::SqlCollector;
use collect_upload::UploadCollector;
use collecting::{Asking, CollectError, Fetch, Fetched, Order, Pace, Retry};
use http_source::HttpSource;
use storage::Spool;

/// Asks whichever source an order names.
#[derive(Debug, Clone)]
pub struct Collectors {
    files: FileCollector,
    http: HttpCollector,
    sql: SqlCollector,
    aws: AwsCollector,
    logs: LogsCollector,
    upload: UploadCollector,
}

impl Collectors {
    /// The collectors of a data directory: secrets in its `secrets`, the limits of sources in its records.
    pub fn of(home: &Home) -> Self {
        let secrets = home.secrets();
        let pace = Pace::new(home.storage.custodian.clone());
        let identities = Identities::of_environment();
        let source = HttpSource::new(secrets.clone(), pace.clone());
        Self {
            files: FileCollector { files: home.files.clone(), folder_for_each_tenant: false },
            http: HttpCollector { source: source.clone() },
            aws: AwsCollector { source, identities: identities.clone() },
            logs: LogsCollector::new(secrets.clone(), pace.clone(), identities),
            upload: UploadCollector { storage: home.storage.clone() },
            sql: SqlCollector {
                secrets,
                pace,
                root: Some(home.sources()),
                folder_for_each_tenant: false,
                retry: Retry::default(),
            },
        }
    }

    /// The same, with files from somewhere else.
    #[must_use]
    pub fn with_files(self, files: Files) -> Self {
        Self { files: FileCollector { files, folder_for_each_tenant: false }, ..self }
    }
}

impl Fetch for Collectors {
    async fn fetch(&self, order: &Order, asking: &Asking<'_>, spool: Spool) -> Result<Fetched, CollectError> {
        match &order.access {
            Access::Files { .. } => self.files.fetch(order, asking, spool).await,
            Access::Http(_) => self.http.fetch(order, asking, spool).await,
            Access::Sql(_) => self.sql.fetch(order, asking, spool).await,
            Access::Upload(_) => self.upload.fetch(order, asking, spool).await,
            Access::Aws(_) => self.aws.fetch(order, asking, spool).await,
            Access::Logs(_) => self.logs.fetch(order, asking, spool).await,
        }
    }
}
