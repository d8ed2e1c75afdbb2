//! A search in an engine's own language, with its values filled in: none becomes more than a value where it stands.

use catalog::{Template, TemplatePart};
use collecting::CollectError;
use http_source::Values;

/// The text of `template`. Fails where there is no value, and where a value has a character that could end what it stands in.
///
/// Between quotes a value may have any letter, digit, blank and sign but quotes, backslashes and wildcards; elsewhere only what one name or number
/// has. What is refused is not escaped instead: languages differ in how they do that, and some not by version but by command.
pub(crate) fn fill(template: &Template, values: &Values) -> Result<String, CollectError> {
    let (mut filled, mut quotes) = (String::with_capacity(template.as_str().len()), Quotes::default());
    for part in template.parts() {
        match part {
            TemplatePart::Text(text) => {
                quotes.pass(text);
                filled.push_str(text);
            }
            TemplatePart::Placeholder(name) => filled.push_str(&value(name, values, quotes.are_open())?),
        }
    }
    Ok(filled)
}

fn value(name: &str, values: &Values, is_quoted: bool) -> Result<String, CollectError> {
    let refuse = |reason: String| CollectError::Source { reason: format!("the value of {{{name}}} {reason}") };
    let value = values.get(name).ok_or_else(|| refuse("is neither a part of the period nor in [values]".to_owned()))?;
    if value.is_empty() && !is_quoted {
        return Err(refuse("is empty, and nothing is not a word of a search".to_owned()));
    }
    let fits = if is_quoted { fits_in_quotes } else { fits_in_a_word };
    match value.chars().find(|character| !fits(*character)) {
        None => Ok(value),
        Some(odd) => {
            let place = if is_quoted { "between quotes" } else { "outside quotes" };
            Err(refuse(format!("has {odd:?}, which could be more than a value {place} of a search: choose another")))
        }
    }
}

fn fits_in_quotes(character: char) -> bool {
    let is_special = matches!(character, '"' | '\'' | '`' | '\\' | '*' | '?' | '%' | '$');
    !is_special && !character.is_control()
}

fn fits_in_a_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | ':' | '@')
}

/// Which quotes are open. At the end of a line none is: a regular expression may have a single one.
#[derive(Debug, Default)]
struct Quotes {
    open: Option<char>,
    is_escaped: bool,
}

impl Quotes {
    fn are_open(&self) -> bool {
        matches!(self.open, Some('"' | '\''))
    }

    fn pass(&mut self, text: &str) {
        for character in text.chars() {
            let was_escaped = std::mem::replace(&mut self.is_escaped, false);
            match (character, self.open) {
                ('\n', _) => self.open = None,
                ('\\', Some(_)) if !was_escaped => self.is_escaped = true,
                (quote, Some(open)) if quote == open && !was_escaped => self.open = None,
                ('"' | '\'' | '`', None) => self.open = Some(character),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn filled(text: &str, value: &str) -> Result<String, String> {
        let own = BTreeMap::from([("x".to_owned(), value.to_owned())]);
        let values = Values::new(&"2026-07-01".parse().unwrap(), &own);
        fill(&text.parse().unwrap(), &values).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_stands_in_quotes_or_is_one_word() {
        assert_eq!(filled("a = '{x}' | b", "Domain Admins (EU) | =").unwrap(), "a = 'Domain Admins (EU) | =' | b");
        assert_eq!(filled("a = \"it's {x}\"", "b c").unwrap(), "a = \"it's b c\"");
        assert_eq!(filled("index={x} d={last_day}", "main-2.b_c").unwrap(), "index=main-2.b_c d=2026-07-01");
        assert_eq!(filled("a '{{{x}}}'", "b c").unwrap(), "a '{b c}'");
        assert_eq!(filled("a '{x}'", "").unwrap(), "a ''");
        assert_eq!(
            filled("from {period_start} to {end_seconds}", "").unwrap(),
            "from 2026-07-01T00:00:00Z to 1782950400"
        );
    }

    #[test]
    fn a_value_that_could_be_more_is_refused_and_not_told() {
        for odd in ["a' | delete", "a\" OR 1", "a\\", "a`b", "a*", "%", "a\nb", "$x$", "\u{7}"] {
            for text in ["a = '{x}'", "a = \"{x}\"", "a = {x}", "'a' {x}", "a 'b\\'' {x}"] {
                let message = filled(text, odd).unwrap_err();
                assert!(message.contains("{x}") && !message.contains("delete"), "{text}: {message}");
            }
        }
        for odd in ["", "a b", "a|b", "a=b", "(a)", "a,b", "a/b", "#", "[search"] {
            for text in ["a = {x}", "'b' {x}", "/it's/\n{x}", "`a {x}`", "'a\\' b' {x}"] {
                assert!(filled(text, odd).is_err(), "{text}: {odd}");
            }
        }
        assert!(filled("{y}", "").unwrap_err().contains("[values]"));
    }
}
