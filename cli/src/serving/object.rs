//! Objects by link: an address that the server has signed, for one version of one object, until it expires.

use super::key::{Purpose, SigningKey};
use api::{ProblemKind, Refused};
use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{ArtifactReference, Timestamp};
use runtime::Clock;
use serde::{Deserialize, Serialize};
use storage::Locker;

/// What a link says: which object, under which name, until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ticket {
    artifact: ArtifactReference,
    name: String,
    expires_at: Timestamp,
}

#[derive(Clone)]
struct Objects {
    locker: Locker,
    key: SigningKey,
    clock: Clock,
}

/// The path at which `artifact` is downloaded as `name` until `expires_at`: `/v1/objects/<ticket>/<name>`.
pub(super) fn path(key: &SigningKey, artifact: &ArtifactReference, name: &str, expires_at: Timestamp) -> String {
    let ticket = Ticket { artifact: artifact.clone(), name: name.to_owned(), expires_at };
    // Texts and numbers always have a JSON form.
    let content = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&ticket).unwrap_or_default());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(Purpose::Link, &content));
    format!("/v1/objects/{content}.{signature}/{name}")
}

/// The route of objects. A link is its own permission: whoever has it may download, as on S3.
pub(super) fn router(locker: Locker, key: SigningKey, clock: Clock) -> Router {
    Router::new().route("/v1/objects/{ticket}/{name}", get(download)).with_state(Objects { locker, key, clock })
}

async fn download(
    State(objects): State<Objects>,
    Path((ticket, name)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let ticket = checked(&objects.key, &ticket).filter(|ticket| ticket.name == name);
    let ticket =
        ticket.ok_or_else(|| Refused::new(ProblemKind::NotFound, "the address is none that this server gave"))?;
    if ticket.expires_at <= objects.clock.now() {
        return Err(Refused::new(ProblemKind::Forbidden, "the link has expired: ask for a new one"));
    }
    let bytes = objects.locker.fetch(&ticket.artifact).await?;
    let headers = [
        (header::CONTENT_TYPE, media_type(&ticket.name).to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", ticket.name)),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

fn checked(key: &SigningKey, ticket: &str) -> Option<Ticket> {
    let (content, signature) = ticket.split_once('.')?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
    if !key.is_signature(Purpose::Link, content, &signature) {
        return None;
    }
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(content).ok()?).ok()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("pdf") => "application/pdf",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("csv") => "text/csv; charset=utf-8",
        Some("json") => "application/json",
        Some("db") => "application/vnd.sqlite3",
        _ => "application/octet-stream",
    }
}
