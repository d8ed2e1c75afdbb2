//! The collector of files as a Lambda function.

use collect_files::{FileCollector, Files, NAME};
use collecting::{Collector, handle};
use domain::CollectionRequest;
use runtime::{Clock, Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("collect-files");
    let clients = function.clients().await;
    let prepare = || {
        let place = function.environment.sources().map_err(Failed::input)?;
        let tenants = function.environment.tenants().map_err(Failed::input)?;
        let files = Files::prefix(clients.s3(), place.bucket, place.prefix);
        let fetch = FileCollector { files, folder_for_each_tenant: true };
        let storage = function.storage(&clients)?;
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
