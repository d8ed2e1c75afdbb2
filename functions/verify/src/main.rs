//! The verify step as a Lambda function.

use domain::Uploaded;
use runtime::{Clock, Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("verify");
    let state = function.storage(&function.clients().await);
    function
        .serve(state, async |storage, uploaded: Uploaded, invocation| {
            let answer = verify::handle(storage, &uploaded, Clock::System, &invocation.metrics).await;
            answer.map_err(|error| Failed::new(error.failure(), error))
        })
        .await
}
