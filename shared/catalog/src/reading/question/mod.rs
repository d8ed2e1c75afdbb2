//! What a query's collector sends: the tables of `queries/<name>.toml` beside its columns.

mod aws;
mod http;
mod logs;
mod pages;
mod sql;

pub(super) use http::each_text;

use super::document::{Document, Members};
use crate::Question;

const KINDS: [&str; 4] = ["request", "sql", "aws", "logs"];

/// The question, and whether its answer is a text in some format (of others the answer comes as values).
pub(super) fn read<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<Question> {
    let there: Vec<&str> = KINDS.into_iter().filter(|kind| members.has(kind)).collect();
    if let [first, second, ..] = there.as_slice() {
        let message = format!("there are both [{first}] and [{second}]: a query is put to one kind of source");
        document.problem(members.place_of(second), message);
    }
    let Some(kind) = there.first() else { return Some(Question::Files) };
    let table = members.table(document, kind)?;
    match *kind {
        "request" => http::read(document, table).map(Box::new).map(Question::Http),
        "sql" => sql::read(document, table).map(Question::Sql),
        "aws" => aws::read(document, table).map(Question::Aws),
        _ => logs::read(document, table).map(Question::Logs),
    }
}
