//! The failure path as a Lambda function.

use domain::FailedStep;
use runtime::{Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("mark-failed");
    let state = function.storage(&function.clients().await);
    function
        .serve(state, async |storage, step: FailedStep, invocation| {
            let answer = mark_failed::handle(storage, &step, invocation.begun_at).await;
            answer.map_err(|error| Failed::new(error.failure(), error))
        })
        .await
}
