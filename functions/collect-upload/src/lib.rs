#![doc = include_str!("../README.md")]

mod collector;

pub use collector::{NAME, UploadCollector};
