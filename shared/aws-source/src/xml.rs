//! Answers in XML, which are small: as a tree, without document types and entities of their own.

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

// No answer of AWS has elements so deep in each other.
const DEEPEST: usize = 32;
const NO_XML: &str = "it is not whole XML; ask again";
const NO_ENTITIES: &str = "it has a document type, or an entity that XML itself does not define";

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, without a namespace.
    pub name: String,
    /// The text in it, outside its children.
    pub text: String,
    /// The elements in it, in order.
    pub children: Vec<Element>,
}

impl Element {
    /// The root element of a text.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| NO_XML)?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        // What is open, from the outside in; the first holds the root.
        let mut open = vec![Self::default()];
        loop {
            let event = reader.read_event().map_err(|_| NO_XML)?;
            let is_end = matches!(event, Event::Eof);
            match event {
                Event::Start(_) if open.len() > DEEPEST => return Err(NO_XML),
                Event::Start(start) => open.push(Self::named(&start)),
                Event::End(_) => close(&mut open)?,
                Event::DocType(_) => return Err(NO_ENTITIES),
                Event::Text(part) => add(&mut open, &part.xml10_content()),
                Event::CData(part) => add(&mut open, &part.xml10_content()),
                Event::GeneralRef(reference) => add(&mut open, resolve(&reference)?.encode_utf8(&mut [0; 4])),
                _ => {}
            }
            if is_end {
                return root(open);
            }
        }
    }

    fn named(start: &BytesStart<'_>) -> Self {
        Self { name: start.local_name().as_ref().to_owned(), ..Self::default() }
    }

    /// The first element of that name in this one, at any depth.
    pub fn find(&self, name: &str) -> Option<&Element> {
        self.children.iter().find_map(|child| if child.name == name { Some(child) } else { child.find(name) })
    }

    /// The text of the first element of that name in this one, at any depth.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.find(name).map(|found| found.text.trim())
    }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(inmost) = open.last_mut() {
        inmost.text.push_str(text);
    }
}

fn close(open: &mut Vec<Element>) -> Result<(), &'static str> {
    let closed = open.pop().ok_or(NO_XML)?;
    open.last_mut().ok_or(NO_XML)?.children.push(closed);
    Ok(())
}

// There is one, it is closed, and nothing stands beside it.
fn root(mut open: Vec<Element>) -> Result<Element, &'static str> {
    let holder = open.pop().filter(|holder| open.is_empty() && holder.text.trim().is_empty()).ok_or(NO_XML)?;
    let mut roots = holder.children;
    if roots.len() == 1 { roots.pop().ok_or(NO_XML) } else { Err(NO_XML) }
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, &'static str> {
    let predefined = match reference.as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => reference.resolve_char_ref().ok().flatten(),
    };
    predefined.ok_or(NO_ENTITIES)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn elements_are_found_at_any_depth_with_their_texts() {
        let text =
            b"<?xml version=\"1.0\"?>\n<R xmlns=\"https://iam\"><A><B>1 &lt; &#50;</B><E/></A><B>other</B></R>\n";
        let root = Element::read(text).unwrap();
        assert_eq!((root.name.as_str(), root.text_of("B"), root.text_of("E")), ("R", Some("1 < 2"), Some("")));
        assert_eq!((root.children.len(), root.text_of("C")), (2, None));
    }

    #[test]
    fn what_is_cut_or_has_entities_is_refused() {
        for text in [
            "",
            "<a>",
            "<a><b></a>",
            "<a/><b/>",
            "text",
            "<a></a>more",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a>&x;</a>",
            &"<a>".repeat(100),
        ] {
            assert!(Element::read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Element::read(b"\xff<a/>").is_err());
    }
}
