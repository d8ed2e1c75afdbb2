//! Texts with placeholders: `/users/{id}/factors`. What is put in never becomes more than a value where it stands.

use serde::Deserialize;
use std::fmt;

/// Placeholders that stand for the slot's period, whatever the source.
pub const OF_PERIOD: [&str; 9] = [
    "period",
    "period_start",
    "period_end",
    "first_day",
    "last_day",
    "start_seconds",
    "end_seconds",
    "start_milliseconds",
    "end_milliseconds",
];

/// A text with placeholders in braces; `{{` and `}}` are braces.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(String),
}

/// A part of a [`Template`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplatePart<'a> {
    /// Text that stays, with its braces.
    Text(&'a str),
    /// The name of a value.
    Placeholder(&'a str),
}

/// Text that is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} cannot be filled in: {reason}")]
pub struct TemplateError {
    text: String,
    reason: String,
}

/// A placeholder that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no value for {{{0}}}: it is neither a part of the period nor one of the source's [values]")]
pub struct NoValue(pub String);

impl Template {
    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names of its placeholders.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// Its texts and placeholders in their order, for whoever encodes a value by what stands before it.
    pub fn parts(&self) -> impl Iterator<Item = TemplatePart<'_>> {
        self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => TemplatePart::Text(text),
            Piece::Placeholder(name) => TemplatePart::Placeholder(name),
        })
    }

    /// The text with `value` put in for each placeholder, as `encode` writes it where it stands. Fails where there is no value.
    pub fn fill(
        &self,
        value: impl Fn(&str) -> Option<String>,
        encode: impl Fn(&str) -> String,
    ) -> Result<String, NoValue> {
        let mut filled = String::with_capacity(self.text.len());
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Placeholder(name) => {
                    filled.push_str(&encode(&value(name).ok_or_else(|| NoValue(name.clone()))?));
                }
            }
        }
        Ok(filled)
    }
}

impl TryFrom<String> for Template {
    type Error = TemplateError;
    fn try_from(text: String) -> Result<Self, TemplateError> {
        match pieces(&text) {
            Ok(pieces) => Ok(Self { text, pieces }),
            Err(reason) => Err(TemplateError { text, reason }),
        }
    }
}

impl std::str::FromStr for Template {
    type Err = TemplateError;
    fn from_str(text: &str) -> Result<Self, TemplateError> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            plain.push_str(from.get(..1).unwrap_or_default());
            rest = after;
            continue;
        }
        let inside = from.strip_prefix('{').ok_or("a } closes nothing: write }} for a brace")?;
        let (name, after) = inside.split_once('}').ok_or("a { is not closed: write {{ for a brace")?;
        if !is_name(name) {
            return Err(format!("{{{name}}} is no placeholder: use a-z, 0-9, _ and dots, or write {{{{ for a brace"));
        }
        pieces.push(Piece::Text(std::mem::take(&mut plain)));
        pieces.push(Piece::Placeholder(name.to_owned()));
        rest = after;
    }
    plain.push_str(rest);
    pieces.push(Piece::Text(plain));
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    Ok(pieces)
}

fn is_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !name.is_empty() && name.chars().all(inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn filled(text: &str) -> Result<String, NoValue> {
        let value = |name: &str| (name != "nobody").then(|| format!("<{name}>"));
        text.parse::<Template>().unwrap().fill(value, str::to_uppercase)
    }

    #[test]
    fn placeholders_are_filled_in_and_braces_stay() {
        assert_eq!(filled("/a/{id}/b").unwrap(), "/a/<ID>/b");
        assert_eq!(filled("{a}{b.c}").unwrap(), "<A><B.C>");
        assert_eq!(filled("{{\"a\": \"{x}\"}}").unwrap(), "{\"a\": \"<X>\"}");
        assert_eq!(filled("").unwrap(), "");
        assert_eq!(filled("{nobody}").unwrap_err(), NoValue("nobody".to_owned()));
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in ["{", "}", "{a", "a}", "{}", "{a b}", "{é}", "{a}}"] {
            assert!(text.parse::<Template>().is_err(), "{text:?}");
        }
    }
}
