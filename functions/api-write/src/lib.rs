#![doc = include_str!("../README.md")]

mod collection;
#[cfg(feature = "lambda")]
pub mod lambda;
mod report;
mod role;
mod starter;

pub use role::Roles;
pub use starter::{StartError, Starter};

use axum::{Router, routing::post};
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

/// The routes that start something. [`api::complete`] makes them an API.
pub fn router<S: Starter>(writing: Writing<S>) -> Router {
    Router::new()
        .route("/v1/reports", post(report::request::<S>))
        .route("/v1/controls/{id}/collect", post(collection::collect::<S>))
        .with_state(writing)
}
