#![doc = include_str!("../README.md")]

mod archive;
mod cells;
mod csv;
mod error;
mod evidence;
mod files;
mod json;
mod plan;
mod terraform;
mod text;

pub use error::{CollectError, Place};
pub use evidence::{Limits, Request, write_evidence};
pub use files::{Files, RAW_LIMIT};
