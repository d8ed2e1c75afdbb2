#![doc = include_str!("../README.md")]

mod catalog_folder;
mod clock;
mod configuration;
mod environment;
mod failed;
#[cfg(feature = "lambda")]
pub mod lambda;
mod metrics;
mod panic;
mod subject;
mod token;

pub use catalog_folder::{CatalogFolderError, catalog_files, read_catalog};
pub use clock::Clock;
pub use configuration::{Configuration, ConfigurationError};
pub use environment::{Environment, EnvironmentError, SourcesPlace, StoragePlace};
pub use failed::Failed;
pub use metrics::Metrics;
pub use panic::caught;
pub use subject::{About, Subject};
pub use token::random_token;
