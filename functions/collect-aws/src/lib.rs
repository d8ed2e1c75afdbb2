#![doc = include_str!("../README.md")]

mod collector;
mod reads;
mod rows;

pub use aws_source::Identities;
pub use collector::{AwsCollector, NAME};
