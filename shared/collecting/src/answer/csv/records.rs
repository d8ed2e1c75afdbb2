//! Records of CSV text by RFC 4180.
//!
//! Readers disagree about text behind a closing quote, about a quote that is never closed and about lone carriage returns;
//! evidence must not depend on the reader, so these are refused. Blank lines are no records. A quote inside a field
//! that does not begin with one is itself, as every reader takes it. Lines end with LF or CR LF.

use crate::answer::text::newlines;
use std::borrow::Cow;

/// Reads one record after the other.
pub(crate) struct Records<'a> {
    rest: &'a str,
    line: u64,
    separator: u8,
}

/// Text that readers of CSV disagree about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ambiguous {
    pub(crate) line: u64,
    pub(crate) reason: &'static str,
}

#[derive(PartialEq, Eq)]
enum End {
    Field,
    Record,
}

type Field<'a> = (Cow<'a, str>, End);

impl<'a> Records<'a> {
    pub(crate) fn new(text: &'a str, separator: u8) -> Self {
        Self { rest: text, line: 1, separator }
    }

    /// Reads the fields of the next record and gives the line on which it begins; none after the last.
    pub(crate) fn next(&mut self, fields: &mut Vec<Cow<'a, str>>) -> Result<Option<u64>, Ambiguous> {
        fields.clear();
        self.skip_blank_lines();
        let line = self.line;
        if self.rest.is_empty() {
            return Ok(None);
        }
        loop {
            let (field, end) = if self.rest.starts_with('"') { self.quoted()? } else { self.plain()? };
            fields.push(field);
            if end == End::Record {
                return Ok(Some(line));
            }
        }
    }

    fn skip_blank_lines(&mut self) {
        while let Some(rest) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n')) {
            self.rest = rest;
            self.line += 1;
        }
    }

    fn plain(&mut self) -> Result<Field<'a>, Ambiguous> {
        let separator = self.separator;
        let ends = |byte: u8| byte == separator || byte == b'\n' || byte == b'\r';
        let length = self.rest.bytes().position(ends).unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok((
            Cow::Borrowed(field),
            self.end("a carriage return that ends no line; quote the field or end lines with CR LF")?,
        ))
    }

    fn quoted(&mut self) -> Result<Field<'a>, Ambiguous> {
        let inside = self.rest.get(1..).unwrap_or_default();
        let mut length = 0;
        let mut has_quotes = false;
        loop {
            let Some(quote) = inside.bytes().skip(length).position(|byte| byte == b'"') else {
                return Err(self.ambiguous("the quote that opens here is never closed"));
            };
            length += quote;
            if inside.as_bytes().get(length + 1) != Some(&b'"') {
                break;
            }
            has_quotes = true;
            length += 2;
        }
        let (field, rest) = inside.split_at(length);
        self.line += newlines(field.as_bytes());
        self.rest = rest.get(1..).unwrap_or_default();
        let end = self.end("text behind a closing quote; write quotes inside a quoted field twice")?;
        Ok((if has_quotes { Cow::Owned(field.replace("\"\"", "\"")) } else { Cow::Borrowed(field) }, end))
    }

    /// What stands behind a field, passed over.
    fn end(&mut self, otherwise: &'static str) -> Result<End, Ambiguous> {
        let (end, length) = match self.rest.as_bytes() {
            [] | [b'\r'] => (End::Record, self.rest.len()),
            [b'\n', ..] => (End::Record, 1),
            [b'\r', b'\n', ..] => (End::Record, 2),
            [first, ..] if *first == self.separator => (End::Field, 1),
            _ => return Err(self.ambiguous(otherwise)),
        };
        self.line += u64::from(end == End::Record);
        self.rest = self.rest.get(length..).unwrap_or_default();
        Ok(end)
    }

    fn ambiguous(&self, reason: &'static str) -> Ambiguous {
        Ambiguous { line: self.line, reason }
    }
}
