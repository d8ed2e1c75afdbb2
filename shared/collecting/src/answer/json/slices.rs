//! The parts of valid JSON text as slices of it.

use crate::answer::cells::{Reason, unquote};
use std::borrow::Cow;

/// The members of an object in their order: names decoded, values as they are written.
pub(crate) type Members<'a> = Vec<(Cow<'a, str>, &'a str)>;

pub(crate) fn is_object(json: &str) -> bool {
    json.starts_with('{')
}

pub(crate) fn is_array(json: &str) -> bool {
    json.starts_with('[')
}

/// The members of an object. A name that occurs twice is refused: readers disagree on which one counts.
pub(crate) fn members(object: &str) -> Result<Members<'_>, Reason> {
    let mut parts = Parts { json: object, at: 1 };
    let mut members = Members::with_capacity(8);
    while let Some(name) = parts.next() {
        members.push((unquote(name)?, parts.next().unwrap_or("null")));
    }
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first()) {
        Some(name) => Err(Cow::Owned(format!("an object names its member {name:.60?} twice; correct the source"))),
        None => Ok(members),
    }
}

/// The member `name` of an object, if it has one.
pub(crate) fn member<'a>(object: &'a str, name: &str) -> Result<Option<&'a str>, Reason> {
    Ok(members(object)?.into_iter().find(|member| member.0 == name).map(|member| member.1))
}

/// The elements of an array.
pub(crate) fn elements(array: &str) -> impl Iterator<Item = &str> {
    Parts { json: array, at: 1 }
}

/// Walks over the values of one array or object; of an object names and values by turns.
struct Parts<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.json.as_bytes();
        let is_between = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':');
        let start = self.at + bytes.get(self.at..)?.iter().position(|byte| !is_between(byte))?;
        if matches!(bytes.get(start), Some(b']' | b'}')) {
            return None;
        }
        self.at = value_end(bytes, start);
        self.json.get(start..self.at)
    }
}

/// The position behind the value that begins at `start`.
fn value_end(bytes: &[u8], start: usize) -> usize {
    match bytes.get(start) {
        Some(b'"') => string_end(bytes, start),
        Some(b'{' | b'[') => nested_end(bytes, start),
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b':' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n');
            let rest = bytes.get(start..).unwrap_or_default();
            start + rest.iter().position(ends).unwrap_or(rest.len())
        }
    }
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
            None => return bytes.len(),
            Some(found) if rest.get(found) == Some(&b'"') => return at + found + 1,
            Some(escape) => at += escape + 2,
        }
    }
}

fn nested_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(found) = rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')) else {
            return bytes.len();
        };
        at += found;
        match bytes.get(at) {
            Some(b'"') => at = string_end(bytes, at) - 1,
            Some(b'{' | b'[') => depth += 1,
            _ => depth = depth.saturating_sub(1),
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_elements_are_the_text_between_them() {
        let object = r#"{ "a" : [1, {"x":"]}"}] , "b\u0041":"q\"\\", "c":{},"d": -1.50e2 ,"e":null}"#;
        let found = members(object).unwrap();
        let expected =
            [("a", r#"[1, {"x":"]}"}]"#), ("bA", r#""q\"\\""#), ("c", "{}"), ("d", "-1.50e2"), ("e", "null")];
        assert_eq!(found, expected.map(|(name, value)| (Cow::Borrowed(name), value)));
        assert_eq!(elements(found[0].1).collect::<Vec<_>>(), ["1", r#"{"x":"]}"}"#]);
        assert_eq!(elements("[ ]").count() + elements("[]").count(), 0);
        assert!(members("{}").unwrap().is_empty());
    }

    #[test]
    fn a_member_that_is_named_twice_is_refused() {
        assert!(members(r#"{"a":1,"b":2,"\u0061":3}"#).is_err());
    }
}
