#![doc = include_str!("../README.md")]

mod access;
mod archive;
mod case;
mod catalog;
mod model;
mod path;
mod problem;
mod reading;
mod request;
mod schedule;
mod scope;
mod template;

pub use access::{
    Access, Authentication, AwsAccess, AwsAccount, HttpAccess, Limit, LimitPeriod, LogsAccess, LogsEngine, LogsPlace,
    SqlAccess, SqlEngine, UploadAccess,
};
pub use case::{Case, CaseEvidence, CaseRow};
pub use catalog::Catalog;
pub use model::{
    CellPath, Collection, Control, DOCUMENT_COLUMNS, FileFormat, FindingQuery, Framework, QueryColumn, Reporting,
    Requirement, RowPath, SCANNER_COLUMNS, STAGING_COLUMNS, Source, SourceQuery, Step,
};
pub use path::PathError;
pub use problem::{Problem, Problems};
pub use request::{
    AwsRead, Each, HttpRequest, LogsQuestion, LogsSearch, Numbered, Pages, Question, RequestBody, SqlQuestion,
};
pub use schedule::{Schedule, ScheduleError};
pub use scope::Scope;
pub use template::{NoValue, OF_PERIOD, Template, TemplateError, TemplatePart};
