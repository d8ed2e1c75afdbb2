#![doc = include_str!("../README.md")]

pub mod collection;
pub mod command;
mod error;
mod home;
pub mod pipeline;
mod shipped;
mod table;

pub use error::{CommandError, ExitCode};
pub use home::{Home, Layout};
pub use shipped::shipped_catalog;
