//! Who asks, out of the token that came with a request.

use super::{Claims, SigningKey, Tell};
use api::{Cause, Identity, Unidentified};
use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, header},
    middleware::{self, Next},
};
use runtime::Clock;

/// Gives each request the identity of its token, and tells the causes of failures.
pub(super) fn checked(routes: Router, key: SigningKey, clock: Clock, tell: Tell) -> Router {
    let identified = routes.layer(middleware::map_request(move |request: Request| {
        let request = identify(request, &key, clock);
        async move { request }
    }));
    told(identified, tell)
}

/// Tells the causes of failures.
pub(super) fn told(routes: Router, tell: Tell) -> Router {
    routes.layer(middleware::from_fn(move |request: Request, next: Next| {
        let tell = Tell::clone(&tell);
        async move {
            let answer = next.run(request).await;
            if let Some(Cause(cause)) = answer.extensions().get::<Cause>() {
                tell(format!("a request was answered {}: {cause}", answer.status().as_u16()));
            }
            answer
        }
    }))
}

fn identify(mut request: Request, key: &SigningKey, clock: Clock) -> Request {
    match identity(request.headers(), key, clock) {
        Ok(identity) => drop(request.extensions_mut().insert(identity)),
        Err(reason) => drop(request.extensions_mut().insert(Unidentified(reason))),
    }
    request
}

fn identity(headers: &HeaderMap, key: &SigningKey, clock: Clock) -> Result<Identity, String> {
    let absent = || "give a token of `exhibit token`: `Authorization: Bearer <token>`".to_owned();
    let text = headers.get(header::AUTHORIZATION).ok_or_else(absent)?.to_str().map_err(|_| absent())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(absent)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(absent());
    }
    Claims::check(token.trim(), key, clock.now()).map_err(|error| error.to_string())
}
