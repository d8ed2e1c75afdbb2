//! The parts of a server that every route shares.

mod answer;
mod guard;
mod listing;
mod request;

pub use answer::{Cause, Refused};
pub use guard::{Unidentified, complete};
pub use listing::page;
pub use request::{LARGEST_BODY, LARGEST_PART, Parameters, read_json};
