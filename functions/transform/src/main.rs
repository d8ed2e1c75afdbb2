//! The transform step as a Lambda function.

use domain::TransformStep;
use runtime::{Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("transform");
    let state = function.storage(&function.clients().await);
    function
        .serve(state, async |storage, step: TransformStep, invocation| {
            let answer = transform::handle(storage, &step, &invocation.metrics).await;
            answer.map_err(|error| Failed::new(error.failure(), error))
        })
        .await
}
