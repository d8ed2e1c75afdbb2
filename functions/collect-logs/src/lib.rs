#![doc = include_str!("../README.md")]

mod cloudwatch;
mod collector;
mod gathered;
mod limits;
mod reading;
mod search;
mod splunk;
mod text;

pub use collector::{LogsCollector, NAME};
