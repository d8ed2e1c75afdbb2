//! The collector of log engines as a Lambda function.

use aws_source::Identities;
use collect_logs::{LogsCollector, NAME};
use collecting::serve;
use http_source::AwsCredentials;
use runtime::lambda;

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    serve("collect-logs", NAME, |prepared| {
        let config = &prepared.clients.config;
        let mut fetch = LogsCollector::new(prepared.secrets, prepared.pace, Identities::of(config.clone()));
        fetch.source.aws = config.credentials_provider().map(AwsCredentials::new);
        Ok(fetch)
    })
    .await
}
