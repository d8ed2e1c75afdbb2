//! Breaking text into lines before it reaches the layout: rows of fixed height are only right when nothing wraps later.

use crate::typeface::Typeface;

/// Rounding of the layout that a line has to leave room for, in points.
const TOLERANCE: f64 = 0.05;

/// After these a long word may be broken: paths, ARNs, addresses, lists.
const BREAKS_AFTER: &str = "/-_.:,;=&?|@)]}>+";

/// How a column sets its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measure {
    /// Its fonts.
    pub(crate) typeface: Typeface,
    /// Its font size in points.
    pub(crate) size: f64,
    /// The room for a line in points.
    pub(crate) width: f64,
}

impl Measure {
    /// The lines of `text`, none wider than the column. Spaces at which a line ends are dropped, nothing else.
    pub(crate) fn wrap(&self, text: &str) -> Vec<String> {
        let mut lines = Lines { measure: self, done: Vec::new(), line: String::new(), width: 0.0 };
        for (index, word) in text.split(' ').enumerate() {
            lines.add(word, index > 0);
        }
        lines.done.push(lines.line);
        lines.done
    }

    fn of(&self, character: char) -> f64 {
        self.typeface.width(character).unwrap_or(1.0) * self.size
    }

    fn length(&self, text: &str) -> f64 {
        text.chars().map(|character| self.of(character)).sum()
    }

    fn room(&self) -> f64 {
        self.width - TOLERANCE
    }

    /// How many bytes of a word that is too long fit into a line, at a good place to break if there is one.
    fn head(&self, word: &str) -> usize {
        let (mut width, mut fits, mut good) = (0.0, 0, 0);
        for (start, character) in word.char_indices() {
            width += self.of(character);
            if width > self.room() && fits > 0 {
                break;
            }
            fits = start + character.len_utf8();
            if BREAKS_AFTER.contains(character) {
                good = fits;
            }
        }
        if good * 3 > fits { good } else { fits }
    }
}

struct Lines<'a> {
    measure: &'a Measure,
    done: Vec<String>,
    line: String,
    width: f64,
}

impl Lines<'_> {
    fn add(&mut self, word: &str, spaced: bool) {
        let space = if spaced { self.measure.of(' ') } else { 0.0 };
        let width = self.measure.length(word);
        if self.width + space + width <= self.measure.room() {
            self.push(if spaced { " " } else { "" }, space);
        } else if spaced && !self.line.is_empty() {
            self.end();
        }
        if self.width + width <= self.measure.room() { self.push(word, width) } else { self.add_long(word) }
    }

    fn add_long(&mut self, word: &str) {
        let mut rest = word;
        while self.measure.length(rest) > self.measure.room() {
            let (head, tail) = rest.split_at(self.measure.head(rest));
            self.push(head, 0.0);
            self.end();
            rest = tail;
        }
        self.push(rest, self.measure.length(rest));
    }

    fn push(&mut self, text: &str, width: f64) {
        self.line.push_str(text);
        self.width += width;
    }

    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.line));
        self.width = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten characters of the mono to a line.
    const TEN: Measure = Measure { typeface: Typeface::Mono, size: 10.0, width: 60.1 };

    #[test]
    fn words_go_to_the_next_line_whole() {
        assert_eq!(TEN.wrap("one two three four"), ["one two", "three four"]);
        assert_eq!(TEN.wrap(""), [""]);
    }

    #[test]
    fn a_long_word_breaks_after_a_separator_where_it_has_one() {
        assert_eq!(TEN.wrap("arn:aws:iam::1234567"), ["arn:aws:", "iam::", "1234567"]);
        assert_eq!(TEN.wrap("abcdefghijklmnop"), ["abcdefghij", "klmnop"]);
        assert_eq!(TEN.wrap("see abcdefghijklmnop q"), ["see", "abcdefghij", "klmnop q"]);
    }

    #[test]
    fn nothing_but_the_space_at_a_line_end_is_dropped() {
        for text in ["a  b   c d e f  g h i jjjjjjjjjjjjjjjjj  ", " leading", "x/y/z/0123456789/q w"] {
            let joined: String = TEN.wrap(text).concat().replace(' ', "");
            assert_eq!(joined, text.replace(' ', ""));
            assert!(TEN.wrap(text).iter().all(|line| line.chars().count() <= 10), "{text:?}");
        }
    }
}
