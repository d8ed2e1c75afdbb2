//! Who signs the log.

use api::Refused;
use custody_log::VerificationKey;
use domain::TenantId;
use std::{fmt, sync::Arc};

/// Where the verification keys of a log are from.
#[derive(Clone)]
pub enum LogKeys {
    /// The server knows them.
    OfServer(Arc<ListKeys>),
    /// KMS is asked, once.
    #[cfg(feature = "lambda")]
    OfKms(Arc<KmsKeys>),
}

/// The verification keys of a tenant's log; none when none is kept here.
pub type ListKeys = dyn Fn(&TenantId) -> Vec<VerificationKey> + Send + Sync;

impl fmt::Debug for LogKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LogKeys::OfServer(_) => "OfServer",
            #[cfg(feature = "lambda")]
            LogKeys::OfKms(_) => "OfKms",
        })
    }
}

impl LogKeys {
    /// The verification keys of `tenant`, the one that signs first.
    pub(crate) async fn of(&self, tenant: &TenantId) -> Result<Vec<VerificationKey>, Refused> {
        match self {
            LogKeys::OfServer(list) => Ok(list(tenant)),
            #[cfg(feature = "lambda")]
            LogKeys::OfKms(keys) => keys.of(tenant).await,
        }
    }
}

/// The keys in KMS that sign the logs of every tenant, under the names of each.
#[cfg(feature = "lambda")]
pub struct KmsKeys {
    client: aws_sdk_kms::Client,
    arns: Vec<String>,
    origin: String,
    tenants: Vec<TenantId>,
    read: tokio::sync::OnceCell<Vec<[u8; 32]>>,
}

#[cfg(feature = "lambda")]
impl KmsKeys {
    /// Those of the function's environment. KMS is asked when somebody asks.
    pub fn new(function: &runtime::lambda::Function, client: aws_sdk_kms::Client) -> Result<Self, runtime::Failed> {
        let environment = &function.environment;
        let current = environment.log_key().map_err(runtime::Failed::input)?;
        let arns = std::iter::once(current).chain(environment.next_log_key()).map(str::to_owned).collect();
        let origin = environment.log_origin().map_err(runtime::Failed::input)?.trim_end_matches('/').to_owned();
        let tenants = environment.tenants().map_err(runtime::Failed::input)?;
        Ok(Self { client, arns, origin, tenants, read: tokio::sync::OnceCell::new() })
    }

    async fn of(&self, tenant: &TenantId) -> Result<Vec<VerificationKey>, Refused> {
        if !self.tenants.contains(tenant) {
            return Ok(Vec::new());
        }
        let read = self.read.get_or_try_init(|| self.read()).await.map_err(|failed| unread(&failed))?;
        let origin = format!("{}/{tenant}", self.origin);
        let named = read.iter().map(|key| VerificationKey::new(&origin, *key)).collect::<Result<_, _>>();
        named.map_err(|error| unread(&runtime::Failed::input(error)))
    }

    async fn read(&self) -> Result<Vec<[u8; 32]>, runtime::Failed> {
        let mut read = Vec::new();
        for arn in &self.arns {
            read.push(runtime::lambda::LogKey::read(&self.client, arn).await?.public());
        }
        Ok(read)
    }
}

#[cfg(feature = "lambda")]
fn unread(failed: &runtime::Failed) -> Refused {
    use api::{Problem, ProblemKind};
    let problem = match failed.failure {
        domain::Failure::StorageUnavailable => {
            Problem::new(ProblemKind::Unavailable, "the keys of the log cannot be read now; ask again in a moment")
        }
        _ => {
            Problem::new(ProblemKind::Internal, "the keys of the log cannot be read: the log of this Exhibit says why")
        }
    };
    Refused::from(problem.with_failure(failed.failure)).because(&failed.message)
}
