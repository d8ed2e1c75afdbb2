#![doc = include_str!("../README.md")]

mod archive;
mod check;
mod error;
mod folder;
mod told;

pub use check::{About, Answer, Asked, check};
pub use error::PageError;
pub use told::Progress;
