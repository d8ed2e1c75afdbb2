//! Reading what was asked.

use super::Refused;
use crate::ProblemKind;
use axum::{
    body::Bytes,
    extract::{FromRequestParts, Query, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;

/// How large a body may be, in bytes.
pub const LARGEST_BODY: usize = 16 * 1024;

/// How many bytes of a document one request may bring: what Lambda takes in one, written in base64 (6 MB).
pub const LARGEST_PART: usize = 4 << 20;

/// The parameters of the query; one that cannot be read is answered with a problem.
#[derive(Debug, Clone)]
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        read.map(|Query(parameters)| Self(parameters)).map_err(|error| Refused::unreadable(error.body_text()))
    }
}

/// Reads a JSON body; none when there is none.
pub fn read_json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Option<T>, Refused> {
    let body = body.map_err(|error| unread(&error))?;
    if body.is_empty() {
        return Ok(None);
    }
    if !is_json(headers) {
        let detail = "the body has to be JSON: send it with `Content-Type: application/json`";
        return Err(Refused::new(ProblemKind::UnsupportedMediaType, detail));
    }
    serde_json::from_slice(&body).map(Some).map_err(|error| Refused::unreadable(format!("the body: {error}")))
}

fn unread(error: &BytesRejection) -> Refused {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let detail = format!("a body may have {LARGEST_BODY} bytes at most");
        return Refused::new(ProblemKind::TooLarge, detail);
    }
    Refused::unreadable("the body did not arrive whole: send it again")
}

fn is_json(headers: &HeaderMap) -> bool {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}
