//! From the statement of a catalog to what is sent: one reading statement, its parameters as the engine's own placeholders.

#[cfg(test)]
mod tests;
mod token;

use crate::parameter::Parameters;
use catalog::SqlEngine;
use token::{Kind, Token, tokens};

/// A statement that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// As it is sent.
    pub(crate) text: String,
    /// Its parameters: for PostgreSQL `$1` is the first; for MySQL one for each `?`; for the others each once.
    pub(crate) names: Vec<String>,
    /// What counts its rows; none for SHOW, which stands in no other statement.
    pub(crate) count: Option<String>,
}

impl Statement {
    /// What `text` becomes for `engine`, or what is wrong with it.
    pub(crate) fn new(engine: SqlEngine, text: &str, parameters: &Parameters) -> Result<Self, String> {
        let tokens = tokens(engine, text)?;
        let tokens = single(&tokens)?;
        let first = first_word(engine, tokens)?;
        check_words(engine, tokens)?;
        let mut statement = Self { text: String::with_capacity(text.len()), names: Vec::new(), count: None };
        for token in tokens {
            statement.take(engine, token, parameters)?;
        }
        if !first.eq_ignore_ascii_case("show") {
            // The line end ends a comment at the statement's end.
            statement.count = Some(format!("SELECT count(*) FROM (\n{}\n) AS answer", statement.text));
        }
        Ok(statement)
    }

    fn take(&mut self, engine: SqlEngine, token: &Token<'_>, parameters: &Parameters) -> Result<(), String> {
        match (token.kind, token.text) {
            (Kind::Parameter, text) => {
                let name = text.trim_start_matches(':');
                let Some(value) = parameters.get(name) else { return Err(unknown(name, parameters)) };
                let place = self.place(engine, name);
                match engine {
                    SqlEngine::Postgresql => self.text.push_str(&format!("${place}")),
                    SqlEngine::Mysql => self.text.push('?'),
                    SqlEngine::Clickhouse => self.text.push_str(&format!("{{{name}:{}}}", value.clickhouse_type())),
                    SqlEngine::Sqlite => self.text.push_str(text),
                }
            }
            (Kind::Symbol, "?") if matches!(engine, SqlEngine::Mysql | SqlEngine::Sqlite) => {
                return Err(own_placeholder("?"));
            }
            (Kind::Symbol, "$") if engine != SqlEngine::Mysql => return Err(own_placeholder("$")),
            (_, text) => self.text.push_str(text),
        }
        Ok(())
    }

    /// The number of a parameter's placeholder, from 1.
    fn place(&mut self, engine: SqlEngine, name: &str) -> usize {
        match self.names.iter().position(|known| known == name) {
            Some(known) if engine != SqlEngine::Mysql => known + 1,
            _ => {
                self.names.push(name.to_owned());
                self.names.len()
            }
        }
    }
}

fn unknown(name: &str, parameters: &Parameters) -> String {
    let known: Vec<String> = parameters.names().map(|name| format!(":{name}")).collect();
    format!("there is no parameter :{name}: there are {}; declare it in [sql.parameters]", known.join(", "))
}

fn own_placeholder(placeholder: &str) -> String {
    format!("{placeholder:?} stands for a parameter without a name: write :period_start, or a name of [sql.parameters]")
}

/// The statement without the `;` behind it.
fn single<'t, 'a>(tokens: &'t [Token<'a>]) -> Result<&'t [Token<'a>], String> {
    let Some(end) = tokens.iter().position(|token| *token == (Token { kind: Kind::Symbol, text: ";" })) else {
        return Ok(tokens);
    };
    let (statement, behind) = tokens.split_at(end);
    if behind.iter().skip(1).any(|token| token.kind != Kind::Blank) {
        return Err("there is a second statement behind \";\": a query is one statement".to_owned());
    }
    Ok(statement)
}

fn first_word<'a>(engine: SqlEngine, tokens: &[Token<'a>]) -> Result<&'a str, String> {
    let may_begin: &[&str] = match engine {
        SqlEngine::Postgresql | SqlEngine::Mysql => &["SELECT", "WITH", "VALUES", "TABLE", "SHOW"],
        SqlEngine::Clickhouse => &["SELECT", "WITH", "SHOW"],
        SqlEngine::Sqlite => &["SELECT", "WITH", "VALUES"],
    };
    let first = tokens.iter().find(|token| token.kind != Kind::Blank && token.text != "(").map(|token| token.text);
    let known = first.filter(|first| may_begin.iter().any(|word| word.eq_ignore_ascii_case(first)));
    known.ok_or_else(|| format!("a query to {engine} begins with {}", may_begin.join(", ")))
}

/// Words that make a reading statement one that writes or locks. The transaction and the account's rights forbid it, too.
fn check_words(engine: SqlEngine, tokens: &[Token<'_>]) -> Result<(), String> {
    let told: Vec<&Token<'_>> = tokens.iter().filter(|token| token.kind != Kind::Blank).collect();
    for pair in told.iter().zip(told.iter().skip(1).map(Some).chain([None])) {
        let word = |token: &Token<'_>, words: &[&str]| {
            token.kind == Kind::Word && words.iter().any(|word| word.eq_ignore_ascii_case(token.text))
        };
        let (first, second) = pair;
        let followed_by = |words: &[&str]| second.is_some_and(|second| word(second, words));
        if word(first, &["into"]) {
            return Err(
                "INTO writes what is selected somewhere: a query only reads; put the name in quotes if it is one"
                    .to_owned(),
            );
        }
        if word(first, &["for"]) && followed_by(&["update", "share", "no", "key"])
            || word(first, &["lock"]) && followed_by(&["in"])
        {
            return Err("FOR UPDATE, FOR SHARE and LOCK IN SHARE MODE lock what is read: a query only reads".to_owned());
        }
        let a_name_follows = second.is_some_and(|second| second.kind == Kind::Word);
        if engine == SqlEngine::Clickhouse && word(first, &["format"]) && a_name_follows {
            return Err("FORMAT says how rows are written: that is the collector's; remove it".to_owned());
        }
    }
    Ok(())
}
