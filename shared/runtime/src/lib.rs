#![doc = include_str!("../README.md")]

mod clock;
mod configuration;
mod token;

pub use clock::Clock;
pub use configuration::{Configuration, ConfigurationError};
pub use token::random_token;
