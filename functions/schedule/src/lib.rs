#![doc = include_str!("../README.md")]

mod error;
#[cfg(feature = "lambda")]
mod eventbridge;
#[cfg(feature = "lambda")]
mod lambda;
mod missing;
mod plan;
mod rule;
#[cfg(test)]
mod testing;

pub use error::ScheduleError;
#[cfg(feature = "lambda")]
pub use lambda::{Answer, Invoked, Missing, Prepared, handle};
pub use missing::{GRACE, missing};
pub use plan::{Call, Existing, Plan, plan};
pub use rule::{Deployment, Rule, Target};
