//! The collector of log engines as a Lambda function.

use aws_source::Identities;
use collect_logs::{LogsCollector, NAME};
use collecting::{Collector, Pace, Secrets, handle};
use domain::CollectionRequest;
use runtime::{Clock, Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("collect-logs");
    let clients = function.clients().await;
    let prepare = || {
        let tenants = function.environment.tenants().map_err(Failed::input)?;
        let storage = function.storage(&clients)?;
        let prefix = function.environment.secrets_prefix().map_err(Failed::input)?;
        let secrets = Secrets::of_aws(&clients.config, prefix.to_owned());
        let (pace, identities) = (Pace::new(storage.custodian.clone()), Identities::of(clients.config.clone()));
        let mut fetch = LogsCollector::new(secrets, pace, identities);
        fetch.source.aws = clients.config.credentials_provider().map(http_source::AwsCredentials::new);
        Ok(Collector { storage, catalog: function.catalog()?, tenants, fetch, asks: NAME })
    };
    let state = prepare();
    function
        .serve(state, async |collector, request: CollectionRequest, lambda::Invocation { request_id, metrics, .. }| {
            let answer = handle(collector, &request, &request_id, Clock::System, &metrics).await;
            answer.map_err(|error| Failed::new(error.failure(), error))
        })
        .await
}
