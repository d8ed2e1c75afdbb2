//! One file while it is read: where its values stand, and what is found wrong with them.

use super::{Problem, Reference, reference::Target};
use serde::Deserialize;
use std::fmt;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

// What the store calls its folders and partitions. What a function may touch there is granted by these names, and a `*` before
// one of them stands for anything, slashes too: a control of that name would be taken for the folder.
const TAKEN: [&str; 8] = ["catalogs", "evidence", "handed-out", "outbox", "pace", "reports", "runs", "snapshots"];

/// A file that is being read.
pub(super) struct Document<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) problems: &'a mut Vec<Problem>,
    pub(super) references: &'a mut Vec<Reference>,
}

/// A value, and the byte at which it starts in its file.
pub(super) struct Placed<T> {
    pub(super) at: usize,
    pub(super) value: T,
}

/// The members of a TOML table that are not read yet.
pub(super) struct Members<'a> {
    table: DeTable<'a>,
    at: usize,
}

impl<'a> Document<'a> {
    /// The line, from 1, of the byte at `offset`.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    /// Notes that what starts at `offset` is wrong.
    pub(super) fn problem(&mut self, offset: usize, message: impl Into<String>) {
        let line = self.line(offset);
        self.problems.push(Problem { file: self.file.to_owned(), line, message: message.into() });
    }

    /// Notes that what starts at `offset` names something that has to be in the catalog.
    pub(super) fn refer(&mut self, offset: usize, target: Target) {
        let line = self.line(offset);
        self.references.push(Reference { file: self.file.to_owned(), line, target });
    }

    /// Notes when `name`, a name as the file gives it, is not the file's own.
    pub(super) fn same_name(&mut self, name: &Placed<impl fmt::Display>, stem: &str) {
        let found = name.value.to_string();
        if found != stem {
            self.problem(name.at, format!("it names itself {found:?}, and its file says {stem:?}: make both the same"));
        }
    }

    /// Notes when `name`, which becomes a part of keys in the store, is one that the store uses itself.
    pub(super) fn not_taken(&mut self, name: &Placed<impl fmt::Display>) {
        let found = name.value.to_string();
        if TAKEN.contains(&found.as_str()) {
            self.problem(name.at, format!("the name {found:?} is taken: the store calls a folder so; choose another"));
        }
    }

    /// Notes when a text is blank.
    pub(super) fn filled(&mut self, text: &Placed<String>, member: &str) {
        if text.value.trim().is_empty() {
            self.problem(text.at, format!("{member:?} says nothing: write it for the person who reads the report"));
        }
    }

    /// The members of the file, as a TOML table; none where its syntax is broken.
    pub(super) fn members(&mut self) -> Option<Members<'a>> {
        let (root, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            self.problem(error.span().map_or(0, |span| span.start), one_line(error.message()));
        }
        errors.is_empty().then(|| Members { table: root.into_inner(), at: 0 })
    }
}

impl<'a> Members<'a> {
    /// Where the table starts.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The member `name`, which has to be there.
    pub(super) fn required<T: Deserialize<'a>>(
        &mut self,
        document: &mut Document<'a>,
        name: &str,
    ) -> Option<Placed<T>> {
        if !self.table.contains_key(name) {
            document.problem(self.at, format!("the member {name:?} is missing"));
        }
        self.optional(document, name)
    }

    /// The member `name`, a text that has to be there and to say something.
    pub(super) fn words(&mut self, document: &mut Document<'a>, name: &str) -> Option<String> {
        let words = self.required::<String>(document, name)?;
        document.filled(&words, name);
        Some(words.value)
    }

    /// The member `name`, if it is there.
    pub(super) fn optional<T: Deserialize<'a>>(
        &mut self,
        document: &mut Document<'a>,
        name: &str,
    ) -> Option<Placed<T>> {
        typed(document, name, self.table.remove(name)?)
    }

    /// The member `name`, a list of tables that has to be there and to have one at least.
    pub(super) fn tables(&mut self, document: &mut Document<'a>, name: &str) -> Vec<Members<'a>> {
        let missing = format!("there is no [[{name}]]: write one at least");
        let Some(list) = self.table.remove(name) else {
            document.problem(self.at, missing);
            return Vec::new();
        };
        let at = list.span().start;
        match list.into_inner() {
            DeValue::Array(items) if items.is_empty() => document.problem(at, missing),
            DeValue::Array(items) => {
                return items.into_iter().filter_map(|item| members_of(document, name, item)).collect();
            }
            _ => document.problem(at, format!("{name:?} has to be a list of tables: write [[{name}]]")),
        }
        Vec::new()
    }

    /// The member `name`, a table, if it is there.
    pub(super) fn optional_table(&mut self, document: &mut Document<'a>, name: &str) -> Option<Members<'a>> {
        members_of(document, name, self.table.remove(name)?)
    }

    /// The member `name`, a list of tables; none when it is not there.
    pub(super) fn optional_tables(&mut self, document: &mut Document<'a>, name: &str) -> Vec<Members<'a>> {
        if self.has(name) { self.tables(document, name) } else { Vec::new() }
    }

    /// Leaves the member `name` out: what is wrong with it was told.
    pub(super) fn drop(&mut self, name: &str) {
        self.table.remove(name);
    }

    /// Whether the member `name` is there, not read yet.
    pub(super) fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// Where the member `name` stands.
    pub(super) fn place_of(&self, name: &str) -> usize {
        self.table.get_key_value(name).map_or(self.at, |(key, _)| key.span().start)
    }

    /// The member `name`, a table that has to be there.
    pub(super) fn table(&mut self, document: &mut Document<'a>, name: &str) -> Option<Members<'a>> {
        match self.table.remove(name) {
            Some(table) => members_of(document, name, table),
            None => {
                document.problem(self.at, format!("the table [{name}] is missing"));
                None
            }
        }
    }

    /// Every member that is left, by name: where its name stands, and its value.
    pub(super) fn rest<T: Deserialize<'a>>(self, document: &mut Document<'a>) -> Vec<(Placed<String>, Placed<T>)> {
        let mut rest = Vec::new();
        for (name, value) in self.table {
            let name = Placed { at: name.span().start, value: name.into_inner().into_owned() };
            if let Some(value) = typed(document, &name.value, value) {
                rest.push((name, value));
            }
        }
        rest
    }

    /// Notes every member that is left: nobody knows it.
    pub(super) fn finish(self, document: &mut Document<'a>) {
        for name in self.table.keys() {
            let message = format!("there is no member {:?} here: remove it or correct its name", name.get_ref());
            document.problem(name.span().start, message);
        }
    }
}

fn members_of<'a>(document: &mut Document<'a>, name: &str, value: Spanned<DeValue<'a>>) -> Option<Members<'a>> {
    let at = value.span().start;
    match value.into_inner() {
        DeValue::Table(table) => Some(Members { table, at }),
        other => {
            document.problem(at, format!("{name:?} has to be a table, not a {}", other.type_str()));
            None
        }
    }
}

fn typed<'a, T: Deserialize<'a>>(
    document: &mut Document<'a>,
    name: &str,
    value: Spanned<DeValue<'a>>,
) -> Option<Placed<T>> {
    let at = value.span().start;
    match T::deserialize(ValueDeserializer::from(value)) {
        Ok(value) => Some(Placed { at, value }),
        Err(error) => {
            let place = error.span().map_or(at, |span| span.start);
            document.problem(place, format!("{name:?} cannot be read: {}", one_line(error.message())));
            None
        }
    }
}

// A problem is one line of text, whatever the parser says.
fn one_line(message: &str) -> String {
    message.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}
