//! The clients of AWS.

use crate::Environment;
use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use std::time::Duration;

/// What every client of AWS is made of: identity, region, endpoint, one pool of connections. Making one asks nobody.
#[derive(Debug, Clone)]
pub struct Clients {
    /// For clients of services that are not named here.
    pub config: SdkConfig,
    is_emulated: bool,
}

// A request that meets a throttle is tried again within seconds; what takes longer is the orchestrator's to retry.
const ATTEMPTS: u32 = 4;
const CONNECT: Duration = Duration::from_secs(3);
// Until the first byte of an answer. There is no limit on the whole: evidence may be large.
const READ: Duration = Duration::from_secs(30);

impl Clients {
    /// The clients of this process: identity and region from its environment.
    pub async fn of_process(environment: &Environment) -> Self {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).build();
        // A dated version: what the SDK does by default changes only when this line does.
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts)
            .load()
            .await;
        Self { config, is_emulated: environment.is_emulated() }
    }

    /// S3. An emulation is addressed by path, because no name resolves to its buckets.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(self.is_emulated);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }
}
