//! The collector of AWS accounts as a Lambda function.

use collect_aws::{AwsCollector, Identities, NAME};
use collecting::{Collector, Pace, Secrets, handle};
use domain::CollectionRequest;
use http_source::HttpSource;
use runtime::{Clock, Failed, lambda};
use std::path::PathBuf;

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("collect-aws");
    let clients = function.clients().await;
    let prepare = || {
        let tenants = function.environment.tenants().map_err(Failed::input)?;
        let storage = function.storage(&clients)?;
        // No source of AWS has a secret: none is ever looked for.
        let source = HttpSource::new(Secrets::Local { folder: PathBuf::new() }, Pace::new(storage.custodian.clone()));
        let fetch = AwsCollector { source, identities: Identities::of(clients.config.clone()) };
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
