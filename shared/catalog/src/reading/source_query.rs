//! `queries/<name>.toml`

use super::{
    column,
    document::{Document, Members},
    question,
    reference::Target,
};
use crate::{FileFormat, Question, RowPath, SourceQuery};
use domain::{Digest, QueryName};

/// The staging database has a table of that name itself.
const TAKEN: &str = "evidence";

pub(super) fn read<'a>(document: &mut Document<'a>, stem: &str) -> Option<SourceQuery> {
    let mut members = document.members()?;
    let name = name(document, &mut members, stem);
    let version = version(document, &mut members);
    let answers = members.words(document, "answers");
    let question = question::read(document, &mut members);
    let fills = fills(document, &mut members, name.as_ref());
    let format = format(document, &mut members, question.as_ref());
    let rows = rows(document, &mut members, format);
    let null = members.optional::<Vec<String>>(document, "null").map(|null| null.value).unwrap_or_default();
    let columns = column::read(document, &mut members, format, rows.as_ref());
    members.finish(document);
    Some(SourceQuery {
        name: name?,
        version: version?,
        answers: answers?,
        question: question?,
        fills,
        format: format?,
        rows,
        null,
        columns,
        text: document.text.to_owned(),
        digest: Digest::of(document.text.as_bytes()),
    })
}

fn name<'a>(document: &mut Document<'a>, members: &mut Members<'a>, stem: &str) -> Option<QueryName> {
    let name = members.required::<QueryName>(document, "name")?;
    document.same_name(&name, stem);
    let text = name.value.as_str();
    if text == TAKEN || text.starts_with("sqlite") || text.starts_with(|first: char| first.is_ascii_digit()) {
        let message =
            format!("{text:?} cannot name a staging table: start with a letter, and avoid evidence and sqlite");
        document.problem(name.at, message);
    }
    Some(name.value)
}

fn fills<'a>(document: &mut Document<'a>, members: &mut Members<'a>, name: Option<&QueryName>) -> Option<QueryName> {
    let table = members.optional::<QueryName>(document, "table")?;
    if let Some(name) = name {
        document.refer(table.at, Target::Fills(name.clone()));
    }
    Some(table.value)
}

// What databases and AWS answer are values already. Logs answer in JSON.
fn format<'a>(
    document: &mut Document<'a>,
    members: &mut Members<'a>,
    question: Option<&Question>,
) -> Option<FileFormat> {
    match question {
        Some(Question::Sql(_) | Question::Aws(_)) => {
            no_layout(document, members, "rows come as values here");
            Some(FileFormat::Rows)
        }
        Some(Question::Logs(_)) => {
            no_layout(document, members, "the engine says how its answer is laid out");
            Some(FileFormat::Json)
        }
        _ => members.required::<FileFormat>(document, "format").map(|format| format.value),
    }
}

fn no_layout<'a>(document: &mut Document<'a>, members: &mut Members<'a>, why: &str) {
    for name in ["format", "rows"] {
        if members.has(name) {
            document.problem(members.place_of(name), format!("{why}: remove {name:?}"));
            members.drop(name);
        }
    }
}

fn version<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<u32> {
    let version = members.required::<u32>(document, "version")?;
    if version.value == 0 {
        document.problem(version.at, "versions are counted from 1");
    }
    Some(version.value)
}

fn rows<'a>(document: &mut Document<'a>, members: &mut Members<'a>, format: Option<FileFormat>) -> Option<RowPath> {
    let rows = members.optional::<RowPath>(document, "rows")?;
    if format == Some(FileFormat::Csv) {
        document.problem(rows.at, "a CSV file has no row path: remove \"rows\"");
    }
    Some(rows.value)
}
