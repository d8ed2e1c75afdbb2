#![doc = include_str!("../README.md")]

pub mod collection;
pub mod command;
pub mod download;
mod error;
mod home;
pub mod pipeline;
pub mod remote;
pub mod sealing;
mod secret;
pub mod serving;
mod shipped;
mod table;
mod under_way;
pub mod witness;

pub use error::{CommandError, ExitCode};
pub use home::{Home, Layout};
pub use shipped::shipped_catalog;
pub use under_way::UnderWay;
