//! The columns of a query to a source.

use super::document::{Document, Members, Placed};
use crate::{CellPath, FileFormat, QueryColumn, RowPath, STAGING_COLUMNS, Step};
use domain::evidence::{Column, ColumnKind};
use std::collections::BTreeSet;

pub(super) fn read<'a>(
    document: &mut Document<'a>,
    members: &mut Members<'a>,
    format: Option<FileFormat>,
    rows: Option<&RowPath>,
) -> Vec<QueryColumn> {
    let mut seen = BTreeSet::new();
    let mut columns = Vec::new();
    for mut table in members.tables(document, "column") {
        let name = table.required::<String>(document, "name");
        let kind = table.required::<ColumnKind>(document, "kind");
        let from = table.optional::<String>(document, "from");
        let required = table.optional::<bool>(document, "required").is_none_or(|required| required.value);
        table.finish(document);
        if let Some(from) = &from {
            check_from(document, from, format, rows);
        }
        let (Some(name), Some(kind)) = (name, kind) else { continue };
        check_name(document, &name, &mut seen);
        let from = from.map_or_else(|| name.value.clone(), |from| from.value);
        columns.push(QueryColumn { column: Column { kind: kind.value, name: name.value }, from, required });
    }
    columns
}

fn check_name(document: &mut Document<'_>, name: &Placed<String>, seen: &mut BTreeSet<String>) {
    let text = name.value.as_str();
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !text.starts_with(|first: char| first.is_ascii_lowercase()) || !text.chars().all(inner) || text.len() > 64 {
        let rule = "use up to 64 of a-z, 0-9 and _, starting with a letter";
        document.problem(name.at, format!("{text:?} is not a column name: {rule}"));
    }
    if STAGING_COLUMNS.iter().any(|(staging, _)| *staging == text) {
        document.problem(name.at, format!("every staging table has a column {text:?} already: choose another name"));
    }
    if !seen.insert(text.to_owned()) {
        document.problem(name.at, format!("the column {text:?} is there twice: remove one"));
    }
}

fn check_from(document: &mut Document<'_>, from: &Placed<String>, format: Option<FileFormat>, rows: Option<&RowPath>) {
    match (format, from.value.parse::<CellPath>()) {
        (Some(FileFormat::Csv), _) => document.filled(from, "from"),
        (_, Err(error)) => document.problem(from.at, error.to_string()),
        (_, Ok(path)) => {
            let arrays = rows.map(|rows| rows.0.iter().filter(|step| **step == Step::Each).count());
            if let Some(arrays) = arrays.filter(|arrays| path.up > *arrays) {
                let message = format!("{:?} goes up {} arrays, and the row path has {arrays}", from.value, path.up);
                document.problem(from.at, message);
            }
        }
    }
}
