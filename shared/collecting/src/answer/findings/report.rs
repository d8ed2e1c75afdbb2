//! A report, and what is wrong in it.

use crate::{
    CollectError, Place,
    answer::json::{Members, elements, is_array, members},
    answer::text::line_of,
};
use serde::Deserialize;

/// One file as it was received.
#[derive(Clone, Copy)]
pub(super) struct Report<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Report<'a> {
    /// What `json`, a slice of valid JSON, says as a `T`. Members that `T` does not name are passed over; `format` is what a
    /// person calls it.
    pub(super) fn parse<T: Deserialize<'a>>(&self, format: &str, json: &'a str) -> Result<T, CollectError> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let reason = format!("at {:?}: {}, unlike {format}", error.path().to_string(), told(error.inner()));
            let before = (error.inner().line() as u64).saturating_sub(1);
            let place = line_of(self.text, json).map_or(Place::Whole, |line| Place::Line(line + before));
            CollectError::Malformed { file: self.file.to_owned(), place, reason }
        })
    }

    /// The elements of an array, or none of null.
    pub(super) fn elements(&self, name: &str, json: &'a str) -> Result<impl Iterator<Item = &'a str>, CollectError> {
        match json {
            "null" => Ok(elements("[]")),
            array if is_array(array) => Ok(elements(array)),
            other => Err(self.refuse(other, &format!("{name:?} is not an array"))),
        }
    }

    pub(super) fn members<'j>(&self, object: &'j str) -> Result<Members<'j>, CollectError> {
        members(object).map_err(|reason| self.refuse(object, &reason))
    }

    /// Refuses what `part`, a slice of the text, says.
    pub(super) fn refuse(&self, part: &str, reason: &str) -> CollectError {
        let place = line_of(self.text, part).map_or(Place::Whole, Place::Line);
        CollectError::Malformed { file: self.file.to_owned(), place, reason: reason.to_owned() }
    }

    pub(super) fn refuse_whole(&self, reason: &str) -> CollectError {
        CollectError::Malformed { file: self.file.to_owned(), place: Place::Whole, reason: reason.to_owned() }
    }
}

/// What serde says, where that is about names and not about what stands there.
fn told(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let is_about_names = message.starts_with("missing field") || message.starts_with("duplicate field");
    let told = message.split(" at line ").next().filter(|_| is_about_names);
    told.unwrap_or("what stands there is of another type").to_owned()
}
