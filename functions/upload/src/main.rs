//! The upload step as a Lambda function.

use domain::Rendered;
use runtime::{Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("upload");
    let state = function.storage(&function.clients().await);
    function
        .serve(state, async |storage, rendered: Rendered, invocation| {
            let answer = upload::handle(storage, &rendered, invocation.begun_at, &invocation.metrics).await;
            answer.map_err(|error| Failed::new(error.failure(), error))
        })
        .await
}
