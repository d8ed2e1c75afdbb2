//! Text from evidence, made such that every character of it can be seen.
//!
//! A character that no built-in font has, that is not drawn, or that changes the order in which its neighbours are read
//! is written by its code point: `⟨U+202E⟩`. So is the opening bracket itself, so that the notation has one reading.

use crate::typeface::Typeface;
use std::borrow::Cow;

/// Characters that are drawn as nothing, as another line, or that reorder; and scripts that run from right to left.
const UNSEEN: [(u32, u32); 24] = [
    (0x0000, 0x001f),
    (0x007f, 0x009f),
    (0x00ad, 0x00ad),
    (0x034f, 0x034f),
    (0x0590, 0x08ff),
    (0x115f, 0x1160),
    (0x1680, 0x1680),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x2000, 0x200f),
    (0x2028, 0x202f),
    (0x205f, 0x206f),
    (0x27e8, 0x27e8),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xd800, 0xf8ff),
    (0xfb1d, 0xfdff),
    (0xfe00, 0xfe0f),
    (0xfe70, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xffff),
    (0x10800, 0x10fff),
    (0x1e800, 0x1efff),
    (0xe0000, 0x0010_ffff),
];

/// The text with everything that cannot be seen written by its code point, on one line.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || text.chars().all(is_seen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_seen(character) {
            shown.push(character);
        } else {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(character)));
        }
    }
    Cow::Owned(shown)
}

/// The lines of a query, each visible; tabs as spaces up to the next multiple of four.
pub(crate) fn visible_lines(text: &str) -> Vec<String> {
    text.trim_end_matches('\n').split('\n').map(|line| visible(&expand_tabs(line)).into_owned()).collect()
}

fn is_seen(character: char) -> bool {
    let code = u32::from(character);
    let unseen = UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&code));
    !unseen && Typeface::Sans.width(character).is_some()
}

fn expand_tabs(line: &str) -> Cow<'_, str> {
    if !line.contains('\t') {
        return Cow::Borrowed(line);
    }
    let mut column = 0;
    let mut expanded = String::with_capacity(line.len() + 16);
    for character in line.chars() {
        let (text, width) = if character == '\t' { (' ', 4 - column % 4) } else { (character, 1) };
        expanded.extend(std::iter::repeat_n(text, width));
        column += width;
    }
    Cow::Owned(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in ["", "Zoë Müller-Łuczak", "αβγ Привет", "#panic() $x$ *b* `c` @d <e>", "naïve — “quoted” · 3 €"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn what_reorders_or_hides_is_written_by_its_code_point() {
        assert_eq!(visible("abc\u{202e}fdp"), "abc⟨U+202E⟩fdp");
        assert_eq!(visible("a\u{200b}b\u{ad}c\u{feff}"), "a⟨U+200B⟩b⟨U+00AD⟩c⟨U+FEFF⟩");
        assert_eq!(visible("a\nb\r\tc\0"), "a⟨U+000A⟩b⟨U+000D⟩⟨U+0009⟩c⟨U+0000⟩");
    }

    #[test]
    fn what_no_font_has_is_written_by_its_code_point() {
        assert_eq!(visible("中😀\u{e000}"), "⟨U+4E2D⟩⟨U+1F600⟩⟨U+E000⟩");
    }

    #[test]
    fn the_notation_cannot_be_forged() {
        assert_eq!(visible("⟨U+202E⟩"), "⟨U+27E8⟩U+202E⟩");
    }

    #[test]
    fn a_query_keeps_its_lines_and_its_indentation() {
        assert_eq!(visible_lines("a\n\tb\n c\td\n"), ["a", "    b", " c  d"]);
    }
}
