#![doc = include_str!("../README.md")]

mod error;
mod finding;
mod staging;
mod question;
mod validation;

pub use error::ReconcileError;
pub use finding::{FindingRows, run_finding};
pub use question::{Answer, Limits, query};
pub use staging::Staging;
pub use validation::check;
