//! The HTTP API of the embedded variant: the same routes as on AWS, with tokens and links that the server signs itself.

mod accepted;
mod identity;
mod key;
mod object;
mod start;
mod token;
mod worker;

pub use key::SigningKey;
pub use start::InProcess;
pub use token::{Claims, TokenError};

use crate::Home;
use api_read::{Links, LogKeys, Reading};
use api_write::{Roles, Starter, Writing};
use axum::Router;
use custody_log::VerificationKey;
use domain::{ArtifactReference, TenantId, Timestamp};
use std::sync::Arc;

/// What is told while serving goes on: a line for the log.
pub type Tell = Arc<dyn Fn(String) + Send + Sync>;

/// The API over a data directory. Links lead to `address`, the server's own as its users reach it: `http://127.0.0.1:8085`.
pub fn routes<S: Starter>(home: &Arc<Home>, starter: S, key: &SigningKey, address: &str, tell: Tell) -> Router {
    let (catalog, clock) = (Arc::new(home.catalog.clone()), home.clock);
    let reading = Reading {
        storage: home.storage.clone(),
        catalog: Arc::clone(&catalog),
        clock,
        since: home.since,
        links: links(key, address),
        log_keys: log_keys(home),
    };
    let roles = Roles::ToldByIssuer;
    let writing = Writing { storage: home.storage.clone(), catalog, clock, starter, roles };
    let all = api::complete(api_read::router(reading).merge(api_write::router(writing)));
    let objects = object::router(home.storage.locker.clone(), key.clone(), clock);
    identity::checked(all, key.clone(), clock, Tell::clone(&tell)).merge(identity::told(objects, tell))
}

fn links(key: &SigningKey, address: &str) -> Links {
    let (key, address) = (key.clone(), address.trim_end_matches('/').to_owned());
    let make = move |artifact: &ArtifactReference, name: &str, expires_at: Timestamp| {
        format!("{address}{}", object::path(&key, artifact, name, expires_at))
    };
    Links::OfServer(Arc::new(make))
}

// Read each time it is asked for: keys are handed over while the server runs.
fn log_keys(home: &Home) -> LogKeys {
    let (of, path) = (home.tenant.clone(), home.layout.directory.join("log.vkey"));
    let list = move |tenant: &TenantId| -> Vec<VerificationKey> {
        let text = if *tenant == of { std::fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
        text.lines().filter_map(|line| line.parse().ok()).collect()
    };
    LogKeys::OfServer(Arc::new(list))
}
