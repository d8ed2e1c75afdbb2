//! JSON answers, read without building them: after one check that the text is JSON (RFC 8259), rows and members are slices
//! of it, and only what a column needs is ever decoded. A million rows cost no more memory than one.

mod layout;
mod slices;
mod value;
mod walk;

pub(crate) use layout::read;
pub(crate) use slices::{Members, elements, is_array, is_object, member, members};
pub use value::Json;
pub(crate) use walk::Receive;

use crate::{CollectError, Place};
use serde::de::IgnoredAny;

/// The JSON value that is all of `text`, without the blanks around it; refused when it is not JSON.
pub(crate) fn check<'a>(file: &str, first_line: u64, text: &'a str) -> Result<&'a str, CollectError> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(text.trim_ascii()),
        Err(error) => {
            let line = first_line + (error.line() as u64).saturating_sub(1);
            let reason = format!("this is not JSON: {error}");
            Err(CollectError::Malformed { file: file.to_owned(), place: Place::Line(line), reason })
        }
    }
}
