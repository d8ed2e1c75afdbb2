#![doc = include_str!("../README.md")]

mod content;
mod error;
mod handing_in;
mod register;

pub use content::type_of;
pub use error::DocumentError;
pub use handing_in::{HandedIn, decide, submit};
pub use register::{Kept, Register, file_name};
