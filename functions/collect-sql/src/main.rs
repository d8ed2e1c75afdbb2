//! The collector of databases as a Lambda function.

use collect_sql::{NAME, SqlCollector};
use collecting::{Collector, Pace, Retry, Secrets, handle};
use domain::CollectionRequest;
use runtime::{Clock, Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("collect-sql");
    let clients = function.clients().await;
    let prepare = || {
        let tenants = function.environment.tenants().map_err(Failed::input)?;
        let storage = function.storage(&clients)?;
        let prefix = function.environment.secrets_prefix().map_err(Failed::input)?.to_owned();
        let (secrets, pace) = (Secrets::of_aws(&clients.config, prefix), Pace::new(storage.custodian.clone()));
        // A function has no folder of sources: SQLite files are collected where they are.
        let fetch = SqlCollector { secrets, pace, root: None, folder_for_each_tenant: true, retry: Retry::default() };
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
