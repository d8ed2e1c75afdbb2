#![doc = include_str!("../README.md")]

mod collector;
mod reads;
mod rows;

pub use collector::{AwsCollector, NAME};
