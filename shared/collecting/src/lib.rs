#![doc = include_str!("../README.md")]

mod answer;
mod budget;
mod collect;
mod contract;
mod error;
pub mod guard;
mod handle;
mod order;
mod pace;
mod redacting;
mod retry;
mod secret;
#[cfg(feature = "aws")]
mod serving;
mod task;

pub use answer::{Json, Limits, RAW_LIMIT, Request, cells, count_rows, write_answers, write_evidence};
pub use budget::{Budget, Held};
pub use collect::{Invocation, Outcome, collect};
pub use contract::{Asking, Fetch, Fetched, on_a_thread};
pub use error::{CollectError, Place};
pub use handle::{Collection, CollectionError, Collector, handle};
pub use order::{Order, orders};
pub use pace::{Pace, random};
pub use redacting::{REDACTION_SECRET, redaction_key};
pub use retry::Retry;
pub use secret::{Secret, Secrets};
#[cfg(feature = "aws")]
pub use serving::{Prepared, serve};
pub use task::{Collected, Task, collect_all};
