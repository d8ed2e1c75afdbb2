//! The Lambda function: see the library.

use api::ClaimNames;
use api_read::lambda::routes;
use runtime::lambda::Function;
use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let function = Arc::new(Function::start("api-read"));
    let (tenant, roles) = (function.environment.tenant_claim(), function.environment.roles_claim());
    let names = ClaimNames { tenant: tenant.to_owned(), roles: roles.to_owned() };
    let routes = routes(&function).await;
    api::serve_behind_api_gateway(routes, names, move |failure| function.count_error(failure)).await
}
