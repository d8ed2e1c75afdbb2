//! As a Lambda function behind API Gateway.

use crate::{KmsKeys, Links, LogKeys, Reading, router};
use axum::Router;
use runtime::{Clock, Failed, lambda::Function};
use std::sync::Arc;

/// The routes over the stores of the function's environment.
pub async fn routes(function: &Function) -> Result<Router, Failed> {
    let clients = function.clients().await.behind_the_api();
    Ok(router(Reading {
        storage: function.storage(&clients)?,
        catalog: Arc::new(function.catalog()?),
        clock: Clock::System,
        since: function.environment.since().map_err(Failed::input)?,
        links: Links::OfStore,
        log_keys: LogKeys::OfKms(Arc::new(KmsKeys::new(function, clients.kms())?)),
    }))
}
