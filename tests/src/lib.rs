#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test prepares either works or ends the test"
)]

mod fixture;
mod ground;
pub mod log;

pub use fixture::{Fixture, copy_folder, inventory};
pub use ground::Ground;
#[cfg(feature = "aws")]
pub use ground::{AwsGround, Calls};
