#![doc = include_str!("../README.md")]

mod error;
mod missing;
mod plan;
mod rule;
#[cfg(test)]
mod testing;

pub use error::ScheduleError;
pub use missing::{GRACE, missing};
pub use plan::{Call, Existing, Plan, plan};
pub use rule::{Deployment, Rule, Target};
