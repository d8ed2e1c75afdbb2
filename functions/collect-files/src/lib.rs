#![doc = include_str!("../README.md")]

mod collector;
mod files;

pub use collector::{FileCollector, NAME};
pub use files::Files;
