#![doc = include_str!("../README.md")]

mod model;

pub use model::{
    Access, CellPath, Collection, Control, FileFormat, FindingQuery, Framework, QueryColumn, Requirement, RowPath,
    STAGING_COLUMNS, Source, SourceQuery, Step,
};
