//! The columns of a query to a source.

use super::document::{Document, Members, Placed};
use crate::{CellPath, DOCUMENT_COLUMNS, FileFormat, QueryColumn, RowPath, SCANNER_COLUMNS, STAGING_COLUMNS, Step};
use domain::evidence::{Column, ColumnKind, RAW_SALT};
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
        let redact = table.optional::<String>(document, "redact");
        table.finish(document);
        if let Some(from) = &from {
            check_from(document, from, format, rows);
        }
        let (Some(name), Some(kind)) = (name, kind) else { continue };
        check_name(document, &name, &mut seen);
        let from = from.map_or_else(|| name.value.clone(), |from| from.value);
        check_place(document, &name, kind.value, format);
        if let Some(salt) = &redact {
            check_redaction(document, salt, kind.value);
        }
        let redact = redact.map(|salt| salt.value);
        columns.push(QueryColumn { column: Column { kind: kind.value, name: name.value }, from, required, redact });
    }
    columns
}

fn check_redaction(document: &mut Document<'_>, salt: &Placed<String>, kind: ColumnKind) {
    if kind != ColumnKind::Text {
        document.problem(salt.at, "only a column of the kind \"text\" can be redacted: a keyed hash is text");
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name = salt.value.as_str();
    if name.is_empty() || name.len() > 64 || name == RAW_SALT || !name.chars().all(plain) {
        let rule = format!("say what the values are with up to 64 of a-z, 0-9 and -, as person; not {RAW_SALT}");
        document.problem(salt.at, format!("{name:?} is not the name of a salt: {rule}"));
    }
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

// Some formats say themselves which columns there are.
fn check_place(document: &mut Document<'_>, name: &Placed<String>, kind: ColumnKind, format: Option<FileFormat>) {
    let known = match format {
        Some(FileFormat::Findings) => SCANNER_COLUMNS.as_slice(),
        Some(FileFormat::Documents) => DOCUMENT_COLUMNS.as_slice(),
        _ => return,
    };
    if !known.iter().any(|(known, of)| *known == name.value && *of == kind) {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let message = format!("there is no {:?} of that kind in it: it has {}", name.value, names.join(", "));
        document.problem(name.at, message);
    }
}

fn check_from(document: &mut Document<'_>, from: &Placed<String>, format: Option<FileFormat>, rows: Option<&RowPath>) {
    match (format, from.value.parse::<CellPath>()) {
        (Some(FileFormat::Csv | FileFormat::Rows), _) => document.filled(from, "from"),
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
