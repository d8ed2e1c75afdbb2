#![doc = include_str!("../README.md")]

mod case;
mod cell;
mod error;
mod finding;
mod question;
mod sandbox;
mod shape;
mod staging;
mod validation;
mod view;

pub use case::{Tried, try_cases};
pub use error::ReconcileError;
pub use finding::{FindingRows, run_finding, shell_script};
pub use question::{Answer, Limits, query};
pub use staging::Staging;
pub use validation::check;

#[cfg(test)]
mod tests;
