//! What holds for every route: an identity, a role, and problems instead of bare statuses.

use super::{Cause, LARGEST_BODY};
use crate::{Identity, Problem, ProblemKind, ROUTES, Role, Route, route};
use axum::{
    Router,
    body::to_bytes,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};

/// Why nobody is known to ask: an extension of the request, put there by whoever checks tokens, for the answer's detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unidentified(pub String);

/// Completes the routes of the API: looks up each request in [`ROUTES`], demands an [`Identity`] among its extensions that has one of the
/// route's roles, and answers whatever is not served, too large or not allowed with a problem.
pub fn complete(routes: Router) -> Router {
    let all = routes.fallback(not_found).method_not_allowed_fallback(not_allowed);
    all.layer(DefaultBodyLimit::max(LARGEST_BODY)).layer(middleware::from_fn(guard))
}

async fn guard(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let answer = match judge(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            // A body that nobody takes would end the connection, and with it whatever is asked next on it.
            drop(to_bytes(request.into_body(), LARGEST_BODY).await);
            problem.into_response()
        }
    };
    about(answer, &path)
}

// Nothing is asked of whoever asks for nothing: an unknown path is unknown to everybody.
fn judge(request: &Request) -> Result<(), Problem> {
    let Some(path) = request.extensions().get::<MatchedPath>() else { return Ok(()) };
    let Some(route) = route(request.method().as_str(), path.as_str()) else { return Err(wrong_method(path.as_str())) };
    let Some(identity) = request.extensions().get::<Identity>() else { return Err(unauthenticated(request)) };
    if identity.has_one_of(route.roles) { Ok(()) } else { Err(forbidden(identity, route)) }
}

fn unauthenticated(request: &Request) -> Problem {
    let why = request.extensions().get::<Unidentified>().map(|unidentified| unidentified.0.clone());
    let detail = why.unwrap_or_else(|| "give a token: `Authorization: Bearer <token>`".to_owned());
    Problem::new(ProblemKind::Unauthenticated, detail)
}

fn forbidden(identity: &Identity, route: &Route) -> Problem {
    let (needed, given) = (names(route.roles.iter()), names(identity.roles.iter()));
    let given = if given.is_empty() { "none" } else { given.as_str() };
    let detail = format!("this needs one of the roles {needed}; your token has {given}");
    Problem::new(ProblemKind::Forbidden, detail)
}

fn names<'a>(roles: impl Iterator<Item = &'a Role>) -> String {
    roles.map(|role| role.name()).collect::<Vec<_>>().join(", ")
}

fn methods(path: &str) -> String {
    let of_path = ROUTES.iter().filter(|route| route.path == path);
    of_path.map(|route| route.method.to_string()).collect::<Vec<_>>().join(", ")
}

fn wrong_method(path: &str) -> Problem {
    Problem::new(ProblemKind::MethodNotAllowed, format!("{path} takes {}", methods(path)))
}

async fn not_found() -> Problem {
    Problem::new(ProblemKind::NotFound, "this path is none of the API; infra/openapi.yaml lists them")
}

async fn not_allowed(path: MatchedPath) -> Problem {
    wrong_method(path.as_str())
}

// The problem says what it is about, and a 405 what it would take.
fn about(mut answer: Response, path: &str) -> Response {
    let Some(problem) = answer.extensions_mut().remove::<Problem>() else { return answer };
    let cause = answer.extensions_mut().remove::<Cause>();
    let allowed = answer.headers_mut().remove(header::ALLOW);
    let allowed = match problem.kind {
        ProblemKind::MethodNotAllowed => allowed.or_else(|| allow_of(&problem)),
        _ => None,
    };
    let mut told = problem.about(path).into_response();
    if let Some(cause) = cause {
        told.extensions_mut().insert(cause);
    }
    if let Some(allowed) = allowed {
        told.headers_mut().insert(header::ALLOW, allowed);
    }
    told
}

fn allow_of(problem: &Problem) -> Option<HeaderValue> {
    let (_, methods) = problem.detail.split_once(" takes ")?;
    HeaderValue::from_str(methods).ok()
}
