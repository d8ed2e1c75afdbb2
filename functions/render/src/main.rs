//! The render step as a Lambda function.

use domain::RenderStep;
use runtime::{Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("render");
    let state = function.storage(&function.clients().await);
    function
        .serve(state, async |storage, step: RenderStep, _| {
            let answer = render::handle(storage, &step).await;
            answer.map_err(|error| Failed::new(error.failure(), error))
        })
        .await
}
