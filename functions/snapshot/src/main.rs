//! The snapshot step as a Lambda function.

use domain::ReportRequest;
use runtime::{Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("snapshot");
    let clients = function.clients().await;
    let prepare = || {
        let since = function.environment.since().map_err(Failed::input)?;
        Ok((function.storage(&clients)?, function.catalog()?, since))
    };
    let state = prepare();
    function
        .serve(state, async |(storage, catalog, since), request: ReportRequest, invocation| {
            let answer = snapshot::handle(storage, catalog, &request, *since, invocation.begun_at).await;
            answer.map_err(|error| Failed::new(error.failure(), error))
        })
        .await
}
