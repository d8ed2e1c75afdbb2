//! The snapshot step as a Lambda function.

use domain::ReportRequest;
use runtime::{Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("snapshot");
    let clients = function.clients().await;
    let prepare = || {
        let since = function.environment.since().map_err(Failed::input)?;
        Ok((function.storage(&clients)?, function.catalog()?, since, function.actor()?))
    };
    let state = prepare();
    function
        .serve(state, async |(storage, catalog, since, actor), request: ReportRequest, invocation| {
            let now = invocation.begun_at;
            let committed = snapshot::commit(storage, catalog, &request, actor, now).await;
            let answer = match committed {
                Ok(()) => snapshot::handle(storage, catalog, &request, *since, now).await,
                Err(error) => Err(error),
            };
            answer.map_err(|error| Failed::new(error.failure(), error))
        })
        .await
}
