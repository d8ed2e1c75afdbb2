//! The function that seals the log of every tenant, each minute.

use runtime::lambda;
use seal::{Invoked, Prepared, handle};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    let function = lambda::Function::start("seal");
    let state = Prepared::new(&function).await;
    function
        .serve(state, async |prepared, _: Invoked, invocation| {
            handle(prepared, &invocation.metrics, invocation.begun_at).await
        })
        .await
}
