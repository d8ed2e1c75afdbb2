//! The log, in the layout of c2sp.org/tlog-tiles: whoever reads it checks it. Reading it hands out nothing but itself, so it is no event.

use crate::Reading;
use api::{Identity, LogKeys, ProblemKind, Refused};
use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
    http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName},
};
use custody_log::TileName;
use storage::ArtifactKey;

// Behind a token, so that no cache between may keep it. A log grows once a minute at most.
const SHORTLY: &str = "private, max-age=10";
const FOR_EVER: &str = "private, max-age=31536000, immutable";

type Headers = [(HeaderName, &'static str); 2];

pub(crate) async fn checkpoint(
    State(reading): State<Reading>,
    Extension(identity): Extension<Identity>,
) -> Result<(Headers, Vec<u8>), Refused> {
    let found = reading.storage.custodian.checkpoint(&identity.tenant).await?;
    let absent =
        || Refused::new(ProblemKind::NotFound, "nothing of your log was published yet; it is once it has an entry");
    let (_, note) = found.ok_or_else(absent)?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, SHORTLY)], note))
}

pub(crate) async fn tile(
    State(reading): State<Reading>,
    Extension(identity): Extension<Identity>,
    path: Result<Path<String>, PathRejection>,
) -> Result<(Headers, Vec<u8>), Refused> {
    let detail =
        "your log has no such tile; the size in `GET /v1/log/checkpoint` says which there are (c2sp.org/tlog-tiles)";
    let absent = || Refused::new(ProblemKind::NotFound, detail);
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let name: TileName = format!("tile/{path}").parse().map_err(|_| absent())?;
    let key = ArtifactKey::log_tile(&identity.tenant, name);
    let lock = reading.storage.locker.lock_of(key.as_str()).await?.ok_or_else(absent)?;
    let bytes = reading.storage.locker.fetch(&lock.artifact).await?;
    Ok(([(CONTENT_TYPE, "application/octet-stream"), (CACHE_CONTROL, FOR_EVER)], bytes))
}

pub(crate) async fn key(
    State(reading): State<Reading>,
    Extension(identity): Extension<Identity>,
) -> Result<Json<LogKeys>, Refused> {
    let keys = reading.log_keys.of(&identity.tenant).await?;
    if keys.is_empty() {
        return Err(Refused::new(ProblemKind::NotFound, "no key signs a log of yours here"));
    }
    Ok(Json(LogKeys::new(keys.iter().map(ToString::to_string).collect())))
}
