//! The Lambda function: see the library.

use api::ClaimNames;
use api_read::lambda::routes;
use runtime::lambda::Function;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let function = Function::start("api-read");
    let (tenant, roles) = (function.environment.tenant_claim(), function.environment.roles_claim());
    let names = ClaimNames { tenant: tenant.to_owned(), roles: roles.to_owned() };
    api::serve_behind_api_gateway(routes(&function).await, names).await
}
