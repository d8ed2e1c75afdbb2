#![doc = include_str!("../README.md")]

mod archive;
mod budget;
mod cells;
mod collect;
mod csv;
mod error;
mod evidence;
mod files;
mod handle;
mod json;
mod orders;
mod plan;
mod terraform;
mod text;

pub use collect::{Invocation, Order, Outcome, collect};
pub use error::{CollectError, Place};
pub use evidence::{Limits, Request, write_evidence};
pub use files::{Files, RAW_LIMIT};
pub use handle::{Collection, CollectionError, Collector, handle};
pub use orders::{Collected, Task, collect_all, orders};
