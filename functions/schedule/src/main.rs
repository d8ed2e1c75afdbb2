//! The function that keeps the EventBridge rules equal to the catalog.

use runtime::{Failed, lambda};
use schedule::{Invoked, Prepared, handle};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("schedule");
    let state = Prepared::new(&function).await;
    function
        .serve(state, async |prepared, _: Invoked, invocation| {
            let answer = handle(prepared, &invocation.metrics, invocation.begun_at).await;
            answer.map_err(|error| Failed::new(error.failure(), error))
        })
        .await
}
