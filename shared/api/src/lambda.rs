//! Behind API Gateway: its authorizer checked the token, and hands the claims over.

use crate::{Cause, ClaimNames, Identity, Problem, ProblemKind, Refused, Unidentified, complete};
use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
};
use lambda_http::{RequestExt as _, request::RequestContext};

/// Answers what API Gateway passes on, until the process is ended. Where `routes` could not be prepared, every request is told that
/// it cannot be done, and the log why.
///
/// `count` is told the name of each failure, for whoever is alarmed by it.
pub async fn serve_behind_api_gateway(
    routes: Result<Router, impl ToString>,
    names: ClaimNames,
    count: impl Fn(&str) + Clone + Send + Sync + 'static,
) -> Result<(), lambda_http::Error> {
    let routes = routes.unwrap_or_else(|error| unprepared(error.to_string()));
    lambda_http::run(behind_api_gateway(complete(routes), names, count)).await
}

fn unprepared(cause: String) -> Router {
    let detail = "this function is not configured as it has to be: its log says what is missing";
    let refused = Refused::new(ProblemKind::Internal, detail).because(cause);
    Router::new().route("/{*path}", axum::routing::any(move || std::future::ready(refused.clone())))
}

/// Gives each request the identity that API Gateway's authorizer found, and logs the causes of failures.
fn behind_api_gateway(
    routes: Router,
    names: ClaimNames,
    count: impl Fn(&str) + Clone + Send + Sync + 'static,
) -> Router {
    routes.layer(middleware::from_fn(move |request: Request, next: Next| {
        let path = request.uri().path().to_owned();
        let request_id = request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
        let (identified, count) = (identify(request, &names), count.clone());
        async move {
            let answer = next.run(identified).await;
            log(&answer, &path, &request_id, count);
            answer
        }
    }))
}

fn identify(mut request: Request, names: &ClaimNames) -> Request {
    // Whatever came with the request itself says nothing of who asks.
    request.extensions_mut().remove::<Identity>();
    match identity(&request, names) {
        Ok(identity) => drop(request.extensions_mut().insert(identity)),
        Err(reason) => drop(request.extensions_mut().insert(Unidentified(reason))),
    }
    request
}

fn identity(request: &Request, names: &ClaimNames) -> Result<Identity, String> {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return Err("the request did not come through the API's gateway".to_owned());
    };
    let authorizer = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
    let claims = authorizer.ok_or("the API's gateway checked no token: its routes need their JWT authorizer")?;
    let claim = |name: &str| claims.claims.get(name).map(String::as_str);
    Identity::from_claims(names, claim).map_err(|error| error.to_string())
}

fn log(answer: &Response, path: &str, request_id: &str, count: impl Fn(&str)) {
    let Some(Cause(cause)) = answer.extensions().get::<Cause>() else { return };
    let problem = answer.extensions().get::<Problem>();
    let failure = problem.and_then(|problem| problem.failure).map(domain::Failure::name);
    tracing::error!(status = answer.status().as_u16(), path, request_id, failure, cause, "a request was not done");
    if let Some(failure) = failure {
        count(failure);
    }
}
