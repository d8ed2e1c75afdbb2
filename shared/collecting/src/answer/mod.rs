//! From answers as they were received to the rows that a query declares.

pub(crate) mod archive;
pub mod cells;
pub(crate) mod csv;
mod evidence;
pub(crate) mod findings;
pub(crate) mod json;
pub(crate) mod plan;
pub(crate) mod terraform;
pub(crate) mod text;

pub use evidence::{Limits, RAW_LIMIT, Request, count_rows, write_answers, write_evidence};
pub use json::Json;
