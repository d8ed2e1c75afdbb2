#![doc = include_str!("../README.md")]

mod archive;
mod completeness;
mod evidence;
mod files;
mod history;
mod layout;
mod order;
mod packer;
#[cfg(feature = "remake")]
mod remake;
mod report;
mod rows;
mod sealed;
mod statement;
mod sums;
mod trace;
mod verdict;
mod verify;

pub use archive::{Archive, ArchiveError, Bytes};
pub use completeness::check_history;
pub use files::{FileError, Files};
pub use history::{Entry, History, LogFiles, Since};
pub use layout::{
    CHECKPOINT, LOG, Part, README, RECORD, STATEMENT, SUMS, catalog_name, contents, file_name, log_name, object_name,
    readme,
};
pub use packer::Packer;
#[cfg(feature = "remake")]
pub use remake::{RemadeFile, remake};
pub use report::agrees;
pub use sealed::check_sealed;
pub use statement::{Envelope, pre_authentication_encoding, statement};
pub use sums::sums;
pub use trace::{Trace, TraceError, trace};
pub use verdict::{Checked, LogVerdict, Problem, Verdict};
pub use verify::{Options, verify};
