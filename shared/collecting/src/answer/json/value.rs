//! A JSON answer for whoever asks for it: where the next page is, how many rows there are, which thing a row is about.

use super::{Receive, check, elements, is_array, is_object, layout, member, walk::walk};
use crate::{
    CollectError, Place,
    answer::{cells::unquote, text},
};
use catalog::{RowPath, SourceQuery};
use std::borrow::Cow;

/// A part of a text that was checked to be JSON: a slice of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

/// Receives a row.
type OnRow<'f, 'a> = &'f mut dyn FnMut(Json<'a>) -> Result<(), CollectError>;

impl<'a> Json<'a> {
    /// The JSON text that is all of `bytes`; refused when it is not JSON. `name` is told in messages.
    pub fn read(name: &str, bytes: &'a [u8]) -> Result<Self, CollectError> {
        check(name, 1, text::decode(name, bytes)?).map(Self)
    }

    /// Gives each row that `query` declares in `bytes` to `on_row`, for the formats that are written in JSON.
    pub fn each_row(
        name: &str,
        bytes: &'a [u8],
        query: &SourceQuery,
        on_row: OnRow<'_, 'a>,
    ) -> Result<(), CollectError> {
        layout::receive(name, text::decode(name, bytes)?, query, &mut Taking(on_row))
    }

    /// Gives each row at `path` to `on_row`. What the path names has to be there.
    pub fn rows(self, name: &str, path: &RowPath, on_row: OnRow<'_, 'a>) -> Result<(), CollectError> {
        walk(name, self.0, &path.0, &mut Taking(on_row))
    }

    /// As it is written.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// What is at the end of these members; nothing where one of them is absent or null.
    pub fn at(self, name: &str, members: &[String]) -> Result<Option<Self>, CollectError> {
        let mut value = self.0;
        for step in members {
            let refuse = |reason: Cow<'static, str>| {
                let (file, reason) = (name.to_owned(), reason.into_owned());
                CollectError::Malformed { file, place: Place::Whole, reason }
            };
            let found = if is_object(value) { member(value, step).map_err(refuse)? } else { None };
            let Some(found) = found else { return Ok(None) };
            value = found;
        }
        Ok((value != "null").then_some(Self(value)))
    }

    /// The text of a string, a number, true or false; nothing for others.
    pub fn scalar(self) -> Option<Cow<'a, str>> {
        match self.0.as_bytes().first() {
            Some(b'"') => unquote(self.0).ok(),
            Some(b'{' | b'[' | b'n') | None => None,
            Some(_) => Some(Cow::Borrowed(self.0)),
        }
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        is_object(self.0)
    }

    /// The elements of an array; of anything else none.
    pub fn elements(self) -> impl Iterator<Item = Self> {
        let array = if is_array(self.0) { self.0 } else { "[]" };
        elements(array).map(Self)
    }
}

struct Taking<'f, 'a>(OnRow<'f, 'a>);

impl<'a> Receive<'a> for Taking<'_, 'a> {
    fn row(&mut self, json: &'a str) -> Result<(), CollectError> {
        (self.0)(Json(json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_scalars_are_found_without_building_anything() {
        let json = Json::read("a", br#" {"a":{"b":"q\"x","n":-1.50,"z":null,"l":[1,{}]}} "#).unwrap();
        let at = |path: &str| {
            let members: Vec<String> = path.split('.').map(str::to_owned).collect();
            json.at("a", &members).unwrap()
        };
        assert_eq!(at("a.b").unwrap().scalar().unwrap(), "q\"x");
        assert_eq!(at("a.n").unwrap().scalar().unwrap(), "-1.50");
        assert_eq!((at("a.z"), at("a.none.b"), at("a.b.c")), (None, None, None));
        assert_eq!((at("a").unwrap().scalar(), at("a.l").unwrap().elements().count()), (None, 2));
        assert!(Json::read("a", b"<html>").is_err());
    }
}
