#![cfg(test)]
//! The HTTP API as its users meet it: over HTTP, on the server of `exhibit serve`, which has the routes of AWS.
//!
//! Whatever is answered in these tests is held to `infra/openapi.yaml`: its status, its kind and its shape.

mod authorisation;
mod description;
mod documents;
mod links;
mod lists;
mod log;
mod problems;
mod reports;
mod served;

use served::Served;
