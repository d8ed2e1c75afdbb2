#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first surprise and says what it measured"
)]

mod clock;
mod findings;
mod fixture;
mod limits;
mod refusals;
mod staging;
mod validation;
