#![doc = include_str!("../README.md")]

mod archive;
mod catalog;
mod model;
mod path;
mod problem;
mod reading;
mod schedule;

pub use catalog::Catalog;
pub use model::{
    Access, CellPath, Collection, Control, FileFormat, FindingQuery, Framework, QueryColumn, Requirement, RowPath,
    STAGING_COLUMNS, Source, SourceQuery, Step,
};
pub use path::PathError;
pub use problem::{Problem, Problems};
pub use schedule::{Schedule, ScheduleError};
