//! The HTTP side of a witness (c2sp.org/tlog-witness): `POST /add-checkpoint`.

use super::{NotCosigned, WitnessHome};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::post,
};
use custody_log::{AddCheckpoint, Refusal};
use runtime::Clock;
use std::sync::Arc;

// A checkpoint and the longest proof, many times over.
const LARGEST_REQUEST: usize = 64 << 10;

/// The routes of a witness.
pub fn routes(home: WitnessHome, clock: Clock) -> Router {
    let add = post(add_checkpoint).layer(DefaultBodyLimit::max(LARGEST_REQUEST));
    Router::new().route("/add-checkpoint", add).with_state(Arc::new((home, clock)))
}

async fn add_checkpoint(State(state): State<Arc<(WitnessHome, Clock)>>, body: Bytes) -> Response {
    let asked = move || {
        let (home, clock) = state.as_ref();
        AddCheckpoint::read(&body).map_err(NotCosigned::from).and_then(|request| home.add(&request, clock.now()))
    };
    match tokio::task::spawn_blocking(asked).await {
        Ok(Ok(line)) => line.into_response(),
        Ok(Err(NotCosigned::Refused(refusal))) => refused(&refusal),
        // What is wrong with the witness's own folder is nobody else's to know.
        Ok(Err(NotCosigned::Own(_))) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    match refusal {
        Refusal::Conflict { size } => {
            (status, [(CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
        }
        other => (status, format!("{other}\n")).into_response(),
    }
}
