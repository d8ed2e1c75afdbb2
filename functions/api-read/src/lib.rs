#![doc = include_str!("../README.md")]

mod control;
mod document;
mod evidence;
#[cfg(feature = "lambda")]
pub mod lambda;
mod links;
mod log;
mod log_keys;
mod report;

pub use links::{LINK_MINUTES, Links, MakeLink};
#[cfg(feature = "lambda")]
pub use log_keys::KmsKeys;
pub use log_keys::{ListKeys, LogKeys};

use axum::{Router, routing::get};
use catalog::Catalog;
use domain::Timestamp;
use runtime::Clock;
use std::sync::Arc;
use storage::Storage;

/// What reading needs.
#[derive(Clone)]
pub struct Reading {
    /// Where evidence and reports are kept.
    pub storage: Storage,
    /// What is asked of whom.
    pub catalog: Arc<Catalog>,
    /// The time.
    pub clock: Clock,
    /// When collecting began: earlier slots are not missing.
    pub since: Option<Timestamp>,
    /// How links are made.
    pub links: Links,
    /// Who signs the log.
    pub log_keys: LogKeys,
}

/// The routes that read. [`api::complete`] makes them an API.
pub fn router(reading: Reading) -> Router {
    Router::new()
        .route("/v1/reports", get(report::list))
        .route("/v1/reports/{id}", get(report::one))
        .route("/v1/controls", get(control::list))
        .route("/v1/evidence", get(evidence::list))
        .route("/v1/evidence/{id}", get(evidence::one))
        .route("/v1/evidence/uploads", get(document::list))
        .route("/v1/evidence/uploads/{source}/{document}/{version}", get(document::one))
        .route("/v1/log/checkpoint", get(log::checkpoint))
        .route("/v1/log/tile/{*path}", get(log::tile))
        .route("/v1/log/key", get(log::key))
        .with_state(reading)
}
