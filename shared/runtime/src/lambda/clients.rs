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
    s3_answer: Duration,
}

// A request that meets a throttle is tried again within seconds; what takes longer is the orchestrator's to retry.
const ATTEMPTS: u32 = 4;
const CONNECT: Duration = Duration::from_secs(3);
// From the first byte of a request to the first of its answer. How long reading the answer takes is not limited: evidence may
// be large, and a body that stalls is noticed by the SDK itself.
const ANSWER: Duration = Duration::from_secs(30);
// S3 answers a put once it has the whole body: half a gibibyte takes minutes.
const S3_ANSWER: Duration = Duration::from_mins(10);
// The API's functions have 29 seconds, and whoever asked wants an answer that says why.
const ATTEMPT_OF_REQUEST: Duration = Duration::from_secs(20);
const OPERATION_OF_REQUEST: Duration = Duration::from_secs(25);

impl Clients {
    /// The clients of this process: identity and region from its environment.
    pub async fn of_process(environment: &Environment) -> Self {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build();
        // A dated version: what the SDK does by default changes only when this line does.
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts)
            .load()
            .await;
        Self { config, is_emulated: environment.is_emulated(), s3_answer: S3_ANSWER }
    }

    /// The same for a function that answers requests of the API: whatever it asks, it knows in time that there is no answer.
    #[must_use]
    pub fn behind_the_api(self) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ANSWER);
        let timeouts = timeouts.operation_attempt_timeout(ATTEMPT_OF_REQUEST).operation_timeout(OPERATION_OF_REQUEST);
        let config = self.config.into_builder().timeout_config(timeouts.build()).build();
        Self { config, is_emulated: self.is_emulated, s3_answer: ANSWER }
    }

    /// S3. An emulation is addressed by path, because no name resolves to its buckets.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(self.is_emulated);
        // What is not set here stays as it is.
        let timeouts = TimeoutConfig::builder().read_timeout(self.s3_answer).build();
        aws_sdk_s3::Client::from_conf(config.timeout_config(timeouts).build())
    }

    /// KMS, for the key of the log; S3 and DynamoDB ask it themselves for the keys of what they keep.
    pub fn kms(&self) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::new(&self.config)
    }

    /// DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }
}
