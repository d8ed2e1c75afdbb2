//! A statement's text as tokens: enough of each engine's lexical rules to know what is a name and what is only text.

use catalog::SqlEngine;

/// A piece of a statement. All pieces one after the other are the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(super) kind: Kind,
    /// As it is written.
    pub(super) text: &'a str,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Blanks and comments.
    Blank,
    /// A string, or a name in quotes.
    Quoted,
    /// A word without quotes: a keyword or a name.
    Word,
    /// `:name`
    Parameter,
    /// Anything else.
    Symbol,
}

/// The pieces of `text`, or why it has none. Reasons name no part of a string.
pub(super) fn tokens(engine: SqlEngine, text: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = Lexer { engine, rest }.next().map_err(|why| located(text, at, &why))?;
        let (token, _) = rest.split_at_checked(length.max(1)).unwrap_or((rest, ""));
        tokens.push(Token { kind, text: token });
        at += token.len();
    }
    Ok(tokens)
}

fn located(text: &str, at: usize, why: &str) -> String {
    let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    format!("line {line} of the statement: {why}")
}

type Piece = Result<(Kind, usize), String>;

struct Lexer<'a> {
    engine: SqlEngine,
    rest: &'a str,
}

impl Lexer<'_> {
    fn next(&self) -> Piece {
        let mut characters = self.rest.chars();
        let (first, second) = (characters.next().unwrap_or_default(), characters.next().unwrap_or_default());
        if first.is_whitespace() {
            return Ok((Kind::Blank, self.length_while(char::is_whitespace)));
        }
        if let Some(comment) = self.comment(first, second) {
            return comment;
        }
        if let Some(quoted) = self.quoted(first, second) {
            return quoted;
        }
        Ok(match first {
            ':' if second == ':' || second == '=' => (Kind::Symbol, 2),
            ':' if starts_name(second) => (Kind::Parameter, 1 + length_of_name(self.rest.get(1..).unwrap_or_default())),
            _ if starts_name(first) => (Kind::Word, self.length_while(|c| goes_on(c) || c == '$')),
            // A number, with whatever letters it has: 1e5, 0x1f.
            _ if first.is_ascii_digit() => (Kind::Symbol, self.length_while(goes_on)),
            _ => (Kind::Symbol, first.len_utf8()),
        })
    }

    fn length_while(&self, holds: impl Fn(char) -> bool) -> usize {
        self.rest.find(|c| !holds(c)).unwrap_or(self.rest.len())
    }

    fn comment(&self, first: char, second: char) -> Option<Piece> {
        let to_the_end_of_the_line = || Some(Ok((Kind::Blank, self.length_while(|c| c != '\n'))));
        let third = self.rest.chars().nth(2);
        match (first, second) {
            // MySQL takes two dashes for a comment only where a blank follows.
            ('-', '-') if self.engine != SqlEngine::Mysql || third.is_none_or(char::is_whitespace) => {
                to_the_end_of_the_line()
            }
            ('#', _) if self.engine == SqlEngine::Mysql => to_the_end_of_the_line(),
            ('#', ' ' | '!') if self.engine == SqlEngine::Clickhouse => to_the_end_of_the_line(),
            ('/', '*') if self.engine == SqlEngine::Mysql && matches!(third, Some('!' | 'M')) => {
                Some(Err("a comment that begins with /*! or /*M is carried out by the server: remove it".to_owned()))
            }
            ('/', '*') => Some(self.long_comment()),
            _ => None,
        }
    }

    fn long_comment(&self) -> Piece {
        let (mut depth, mut at) = (0_usize, 0);
        while let Some(rest) = self.rest.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with("/*") && (depth == 0 || self.engine == SqlEngine::Postgresql) {
                (depth, at) = (depth + 1, at + 2);
            } else if rest.starts_with("*/") {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return Ok((Kind::Blank, at));
                }
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        Err("a comment begins here and does not end".to_owned())
    }

    fn quoted(&self, first: char, second: char) -> Option<Piece> {
        use SqlEngine::{Clickhouse, Mysql, Postgresql, Sqlite};
        let escapes = matches!(self.engine, Mysql | Clickhouse);
        match (first, self.engine) {
            ('e' | 'E', Postgresql) if second == '\'' => Some(self.until('\'', 1, true)),
            ('\'', _) => Some(self.until('\'', 0, escapes)),
            ('"', _) => Some(self.until('"', 0, escapes)),
            ('`', Mysql | Sqlite) => Some(self.until('`', 0, false)),
            ('`', Clickhouse) => Some(self.until('`', 0, true)),
            ('[', Sqlite) => Some(self.until(']', 0, false)),
            ('$', Postgresql | Clickhouse) => self.dollar_quoted(),
            _ => None,
        }
    }

    /// What begins with one quote behind `prefix` bytes and ends at `quote`; two of them are one of its characters.
    fn until(&self, quote: char, prefix: usize, escapes: bool) -> Piece {
        let mut inner = self.rest.char_indices().skip(prefix + 1).peekable();
        while let Some((at, character)) = inner.next() {
            if escapes && character == '\\' {
                inner.next();
            } else if character == quote && inner.next_if(|(_, next)| *next == quote).is_none() {
                return Ok((Kind::Quoted, at + 1));
            }
        }
        Err("a string or a name in quotes begins here and does not end".to_owned())
    }

    /// `$$…$$`, `$tag$…$tag$`
    fn dollar_quoted(&self) -> Option<Piece> {
        let inner = self.rest.get(1..)?;
        let tag = inner.get(..inner.find('$')?).filter(|tag| tag.is_empty() || length_of_name(tag) == tag.len())?;
        let opening = tag.len() + 2;
        let closing = self.rest.get(..opening)?;
        let length = self.rest.get(opening..)?.find(closing).map(|at| at + 2 * opening);
        Some(
            length
                .map(|length| (Kind::Quoted, length))
                .ok_or_else(|| "a string in dollars begins here and does not end".to_owned()),
        )
    }
}

fn starts_name(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn goes_on(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn length_of_name(text: &str) -> usize {
    if !text.starts_with(starts_name) {
        return 0;
    }
    text.find(|c| !goes_on(c)).unwrap_or(text.len())
}
