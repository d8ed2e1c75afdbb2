#![doc = include_str!("../README.md")]

pub mod collection;
mod collectors;
pub mod command;
pub mod download;
mod error;
pub mod holding;
mod home;
pub mod pipeline;
mod published;
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
