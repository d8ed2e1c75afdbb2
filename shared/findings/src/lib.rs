#![doc = include_str!("../README.md")]

mod assemble;
mod error;
mod evaluate;
mod remake;
mod stage;

pub use assemble::assemble;
pub use error::{FindingsError, RemakeError};
pub use evaluate::evaluate;
pub use remake::{Remade, remake};
pub use stage::{Stage, Trail};
