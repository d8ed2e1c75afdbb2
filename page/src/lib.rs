#![doc = include_str!("../README.md")]

mod error;
mod remaking;

pub use error::PageError;
pub use remaking::{Compared, Progress, remake};
