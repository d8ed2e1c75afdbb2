#![doc = include_str!("../README.md")]

mod attestation;
mod error;
#[cfg(feature = "lambda")]
mod lambda;
mod proof;
mod reading;
mod rotation;
mod signer;
mod step;

pub use error::SealError;
#[cfg(feature = "lambda")]
pub use lambda::{Answer, Invoked, Prepared, SealedLog, handle};
pub use proof::{prove_consistency, prove_inclusion};
pub use reading::{entries, open_checkpoint, tile};
pub use rotation::{hand_over, rotate};
#[cfg(feature = "lambda")]
pub use signer::KmsSigner;
pub use signer::Signer;
pub use step::{Sealed, Settled, seal};
