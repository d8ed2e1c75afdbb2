//! From an answer along a row path to its rows.

use super::{elements, is_array, is_object, member};
use crate::{CollectError, Place};
use catalog::Step;

/// Receives what a walk comes by: slices of the text that is walked through.
pub(crate) trait Receive<'a> {
    /// Takes what holds the next rows, `up` arrays above them.
    fn holder(&mut self, _up: usize, _json: &'a str) -> Result<(), CollectError> {
        Ok(())
    }

    /// Takes a row.
    fn row(&mut self, json: &'a str) -> Result<(), CollectError>;
}

/// Gives every row at `path` of the valid JSON value `json` to `rows`, and before them what holds them.
///
/// What the path names has to be there at the top; further down, where an element has no such array or null, it has no rows.
pub(super) fn walk<'a>(
    file: &str,
    json: &'a str,
    path: &[Step],
    rows: &mut impl Receive<'a>,
) -> Result<(), CollectError> {
    Walk { file, path }.from(json, path, rows)
}

struct Walk<'p> {
    file: &'p str,
    path: &'p [Step],
}

impl Walk<'_> {
    fn from<'a>(&self, json: &'a str, path: &[Step], rows: &mut impl Receive<'a>) -> Result<(), CollectError> {
        let Some(array_at) = path.iter().position(|step| *step == Step::Each) else {
            return match self.descend(json, path)? {
                Some(row) if row != "null" => rows.row(row),
                _ => Err(self.malformed("a row is absent or null")),
            };
        };
        let (names, rest) = path.split_at(array_at);
        let rest = rest.get(1..).unwrap_or_default();
        rows.holder(1 + rest.iter().filter(|step| **step == Step::Each).count(), json)?;
        match self.descend(json, names)? {
            Some(array) if is_array(array) => elements(array).try_for_each(|element| self.from(element, rest, rows)),
            Some("null") | None if path.len() < self.path.len() => Ok(()),
            Some("null") | None => Err(self.malformed("there is no such array")),
            Some(_) => Err(self.malformed("there is something else than an array")),
        }
    }

    fn descend<'a>(&self, json: &'a str, names: &[Step]) -> Result<Option<&'a str>, CollectError> {
        let mut value = Some(json);
        for step in names {
            let (Step::Member(name), Some(object)) = (step, value) else { return Ok(None) };
            value = match is_object(object) {
                true => member(object, name).map_err(|reason| self.malformed(&reason))?,
                false => None,
            };
        }
        Ok(value)
    }

    fn malformed(&self, reason: &str) -> CollectError {
        let path = catalog::RowPath(self.path.to_vec()).to_string();
        let reason = format!("at the row path {path:?}: {reason}; correct `rows` in the query or give the right file");
        CollectError::Malformed { file: self.file.to_owned(), place: Place::Whole, reason }
    }
}
