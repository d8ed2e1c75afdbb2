#![doc = include_str!("../README.md")]

mod error;
mod reading;
mod rotation;
mod signer;
mod step;

pub use error::SealError;
pub use reading::{entries, open_checkpoint, tile};
pub use rotation::rotate;
pub use signer::Signer;
pub use step::{Sealed, Settled, seal};
