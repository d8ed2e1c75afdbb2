//! A collector as a Lambda function.

use crate::{Collector, Fetch, Pace, Secrets, handle};
use domain::CollectionRequest;
use runtime::{Clock, Environment, Failed, lambda};
use storage::Storage;

/// What a collector is made of.
pub struct Prepared<'a> {
    /// The clients of AWS.
    pub clients: &'a lambda::Clients,
    /// The variables of the function.
    pub environment: &'a Environment,
    /// Where evidence is kept.
    pub storage: &'a Storage,
    /// Where secrets are.
    pub secrets: Secrets,
    /// What holds the limits of sources.
    pub pace: Pace,
}

/// Answers invocations of the function `name`, whose collector is called `asks` in a catalog and is what `fetch` makes.
pub async fn serve<F: Fetch>(
    name: &'static str,
    asks: &'static str,
    fetch: impl FnOnce(Prepared<'_>) -> Result<F, Failed>,
) -> Result<(), lambda::Error> {
    let function = lambda::Function::start(name);
    let clients = function.clients().await;
    let state = collector(&function, &clients, asks, fetch);
    function
        .serve(state, async |collector, request: CollectionRequest, lambda::Invocation { request_id, metrics, .. }| {
            let answer = handle(collector, &request, &request_id, Clock::System, &metrics).await;
            answer.map_err(|error| Failed::new(error.failure(), error))
        })
        .await
}

fn collector<F: Fetch>(
    function: &lambda::Function,
    clients: &lambda::Clients,
    asks: &'static str,
    fetch: impl FnOnce(Prepared<'_>) -> Result<F, Failed>,
) -> Result<Collector<F>, Failed> {
    let environment = &function.environment;
    let tenants = environment.tenants().map_err(Failed::input)?;
    let storage = function.storage(clients)?;
    let prefix = environment.secrets_prefix().map_err(Failed::input)?.to_owned();
    let secrets = Secrets::of_aws(&clients.config, prefix);
    let pace = Pace::new(storage.custodian.clone());
    let fetch = fetch(Prepared { clients, environment, storage: &storage, secrets: secrets.clone(), pace })?;
    Ok(Collector { storage, catalog: function.catalog()?, tenants, fetch, asks, secrets })
}
