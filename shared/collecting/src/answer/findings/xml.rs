//! XML 1.0, one element after the other, without document types: no entity is ever defined or fetched.

use super::report::Report;
use crate::{CollectError, Place, answer::text::newlines};
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};

/// Reads the elements of a file; each is left by reading it to its end.
pub(super) struct Xml<'a> {
    report: Report<'a>,
    reader: Reader<&'a [u8]>,
}

/// The beginning of an element.
pub(super) struct Element<'a> {
    start: BytesStart<'a>,
    /// The byte at which it begins.
    at: u64,
}

impl<'a> Xml<'a> {
    pub(super) fn new(report: &Report<'a>) -> Self {
        let mut reader = Reader::from_str(report.text);
        // An empty element is one that begins and ends.
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().check_comments = true;
        Self { report: *report, reader }
    }

    /// The element that is all of the file.
    pub(super) fn root(&mut self) -> Result<Element<'a>, CollectError> {
        loop {
            let at = self.reader.buffer_position();
            match self.event()? {
                Event::Start(start) => return Ok(Element { start, at }),
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(self.refuse("this is not XML: it does not begin with an element")),
            }
        }
    }

    /// The next element in the one that is open; none at that one's end.
    pub(super) fn child(&mut self) -> Result<Option<Element<'a>>, CollectError> {
        loop {
            let at = self.reader.buffer_position();
            match self.event()? {
                Event::Start(start) => return Ok(Some(Element { start, at })),
                Event::End(_) => return Ok(None),
                Event::Eof => return Err(self.ends_early()),
                _ => {}
            }
        }
    }

    /// Passes over what is left of the element that is open.
    pub(super) fn skip(&mut self) -> Result<(), CollectError> {
        let mut depth = 1_u64;
        while depth > 0 {
            match self.event()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(self.ends_early()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The text of the element that is open, to its end.
    pub(super) fn text(&mut self) -> Result<String, CollectError> {
        let mut text = String::new();
        loop {
            match self.event()? {
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => text.push(self.resolve(&reference)?),
                Event::Start(_) => self.skip()?,
                Event::End(_) => return Ok(text),
                Event::Eof => return Err(self.ends_early()),
                _ => {}
            }
        }
    }

    /// Refuses whatever stands behind the root element.
    pub(super) fn finish(&mut self) -> Result<(), CollectError> {
        loop {
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(self.refuse("something stands behind the end of the XML document")),
            }
        }
    }

    /// An attribute that the element may have.
    pub(super) fn attribute(&self, element: &Element<'_>, name: &str) -> Result<Option<String>, CollectError> {
        for attribute in element.start.attributes() {
            let attribute =
                attribute.map_err(|_| self.refuse("an attribute is not written as XML wants it, or twice"))?;
            if attribute.key.as_ref() == name {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                return value.map(|value| Some(value.into_owned())).map_err(|_| self.refuse(NO_ENTITIES));
            }
        }
        Ok(None)
    }

    /// An attribute that the element has to have.
    pub(super) fn required(&self, element: &Element<'_>, name: &str) -> Result<String, CollectError> {
        let missing = || self.refuse(&format!("an element lacks its attribute {name:?}"));
        self.attribute(element, name)?.ok_or_else(missing)
    }

    /// The text from where an element begins.
    pub(super) fn part(&self, element: &Element<'_>) -> &'a str {
        usize::try_from(element.at).ok().and_then(|at| self.report.text.get(at..)).unwrap_or_default()
    }

    pub(super) fn refuse(&self, reason: &str) -> CollectError {
        let before = usize::try_from(self.reader.buffer_position()).ok();
        let before = before.and_then(|at| self.report.text.as_bytes().get(..at)).unwrap_or_default();
        let place = Place::Line(1 + newlines(before));
        CollectError::Malformed { file: self.report.file.to_owned(), place, reason: reason.to_owned() }
    }

    fn event(&mut self) -> Result<Event<'a>, CollectError> {
        match self.reader.read_event() {
            Ok(Event::DocType(_)) => Err(self.refuse(NO_DOCUMENT_TYPE)),
            Ok(Event::GeneralRef(reference)) => {
                self.resolve(&reference)?;
                Ok(Event::GeneralRef(reference))
            }
            Ok(event) => Ok(event),
            // What the reader says of it can hold what stands there.
            Err(_) => Err(self.refuse("this is not well-formed XML; have the scanner export the file again")),
        }
    }

    /// A character by its number, or one of the five that XML itself names.
    fn resolve(&self, reference: &BytesRef<'_>) -> Result<char, CollectError> {
        let predefined = match reference.as_ref() {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "apos" => Some('\''),
            "quot" => Some('"'),
            _ => reference.resolve_char_ref().ok().flatten(),
        };
        predefined.ok_or_else(|| self.refuse(NO_ENTITIES))
    }

    fn ends_early(&self) -> CollectError {
        self.refuse("the file ends before its XML does; export it again")
    }
}

const NO_DOCUMENT_TYPE: &str =
    "this has a document type (DOCTYPE), which no scanner writes and which can name other files; it is not read";
const NO_ENTITIES: &str = "this has an entity that XML itself does not define; entities are not read";

impl Element<'_> {
    pub(super) fn name(&self) -> String {
        self.start.name().as_ref().to_owned()
    }

    /// Whether it is called so.
    pub(super) fn is(&self, name: &str) -> bool {
        self.start.name().as_ref() == name
    }
}
