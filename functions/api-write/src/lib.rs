#![doc = include_str!("../README.md")]

mod collection;
mod document;
#[cfg(feature = "lambda")]
pub mod lambda;
mod report;
mod role;
mod starter;

pub use role::Roles;
pub use starter::{StartError, Starter};

use api::LARGEST_PART;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{post, put},
};
use catalog::Catalog;
use runtime::Clock;
use std::sync::Arc;
use storage::Storage;

/// What starting things needs.
#[derive(Clone)]
pub struct Writing<S> {
    /// Where runs are recorded.
    pub storage: Storage,
    /// What can be asked for.
    pub catalog: Arc<Catalog>,
    /// The time.
    pub clock: Clock,
    /// Who does it.
    pub starter: S,
    /// Who tells the log what somebody may do.
    pub roles: Roles,
}

// Bodies of documents are larger than those of questions.
fn documents<S: Starter>() -> Router<Writing<S>> {
    Router::new()
        .route("/v1/evidence/uploads", put(document::upload::<S>))
        .route("/v1/evidence/parts/{sha256}/{part}", put(document::part::<S>))
        .layer(DefaultBodyLimit::max(LARGEST_PART))
        .route("/v1/evidence/uploads/{source}/{document}/{version}/decision", put(document::decide::<S>))
}

/// The routes that start something. [`api::complete`] makes them an API.
pub fn router<S: Starter>(writing: Writing<S>) -> Router {
    Router::new()
        .route("/v1/reports", post(report::request::<S>))
        .route("/v1/controls/{id}/collect", post(collection::collect::<S>))
        .merge(documents())
        .with_state(writing)
}
