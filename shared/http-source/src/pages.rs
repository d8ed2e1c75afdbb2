//! From one page to the next, until there is none: no page twice, none left out.

use crate::{address::Origin, filling::Turn, page::Page, source::Bounds};
use catalog::{Numbered, Pages};
use domain::Digest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How far a request has come.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    asked: u64,
    /// Rows so far, where somebody has to know.
    pub(crate) rows: u64,
    /// The source's own count, as its last page tells it.
    pub(crate) total: Option<u64>,
    seen: BTreeSet<String>,
    last: Option<Digest>,
}

/// Why there is no next page, where there should be one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// What is wrong.
    Wrong(String),
    /// It leads to another origin.
    Away(String),
}

fn wrong(reason: &str) -> Stuck {
    Stuck::Wrong(reason.to_owned())
}

/// The turn of the first page.
pub(crate) fn first(pages: &Pages) -> Turn {
    match pages {
        Pages::Numbered(numbered) | Pages::Offset(numbered) => numbers(numbered, numbered.first),
        Pages::Single | Pages::Link { .. } | Pages::Cursor { .. } => Turn::First,
    }
}

fn numbers(numbered: &Numbered, number: u64) -> Turn {
    let size = numbered.size_parameter.as_ref().map(|name| (name.clone(), numbered.size.to_string()));
    Turn::Parameters(BTreeMap::from_iter([(numbered.parameter.clone(), number.to_string())].into_iter().chain(size)))
}

impl Progress {
    /// The turn after `page`, which was at `address`; none after the last.
    pub(crate) fn next(
        &mut self,
        pages: &Pages,
        page: &Page,
        origin: &Origin,
        address: &str,
        bounds: &Bounds,
    ) -> Result<Option<Turn>, Stuck> {
        self.asked += 1;
        self.rows += page.rows;
        self.total = page.total.or(self.total);
        let next = match pages {
            Pages::Single => None,
            Pages::Link { .. } => self.link(page, origin, address)?,
            Pages::Cursor { parameter, variable, .. } => self.cursor(page, parameter.as_ref(), variable.as_ref())?,
            Pages::Numbered(numbered) => self.number(numbered, page, numbered.first.saturating_add(self.asked))?,
            Pages::Offset(numbered) => self.number(numbered, page, numbered.first.saturating_add(self.rows))?,
        };
        if next.is_some() && self.asked >= bounds.pages {
            return Err(Stuck::Wrong(format!("there are more than {} pages; ask for more rows at once", bounds.pages)));
        }
        Ok(next)
    }

    fn link(&mut self, page: &Page, origin: &Origin, address: &str) -> Result<Option<Turn>, Stuck> {
        self.seen.insert(address.to_owned());
        let Some(reference) = &page.link else { return Ok(None) };
        let next = origin.follow(address, reference).map_err(Stuck::Away)?;
        if self.seen.contains(&next) {
            return Err(wrong("its next page is one that was there before"));
        }
        Ok(Some(Turn::At(next)))
    }

    fn cursor(
        &mut self,
        page: &Page,
        parameter: Option<&String>,
        variable: Option<&String>,
    ) -> Result<Option<Turn>, Stuck> {
        let cursor = match (&page.cursor, page.more) {
            (_, Some(false)) | (None, None) => return Ok(None),
            (None, Some(true)) => return Err(wrong("it says that there is more, and not where")),
            (Some(cursor), _) => cursor,
        };
        if !self.seen.insert(cursor.to_string()) {
            return Err(wrong("its cursor is one that was there before"));
        }
        let text = match cursor {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match (parameter, variable) {
            (Some(parameter), _) => Ok(Some(Turn::Parameters(BTreeMap::from([(parameter.clone(), text)])))),
            (None, Some(variable)) => Ok(Some(Turn::Variable(variable.clone(), cursor.clone()))),
            (None, None) => Err(wrong("there is nothing to send its cursor as")),
        }
    }

    // A source that gives smaller pages than it was asked for is asked on as long as its own count says so.
    fn number(&mut self, numbered: &Numbered, page: &Page, next: u64) -> Result<Option<Turn>, Stuck> {
        if page.rows > numbered.size {
            return Err(Stuck::Wrong(format!("a page has {} rows instead of {} at most", page.rows, numbered.size)));
        }
        let is_last = match self.total {
            Some(total) => self.rows >= total,
            None => page.rows < numbered.size,
        };
        if page.rows == 0 || is_last {
            return Ok(None);
        }
        let digest = Digest::of(&page.file.bytes);
        if self.last.replace(digest) == Some(digest) {
            return Err(wrong("two pages are the same: does the source know the parameter of its pages?"));
        }
        Ok(Some(numbers(numbered, next)))
    }
}
