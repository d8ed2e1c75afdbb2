//! `[request.pages]`

use crate::{
    CellPath, Numbered, Pages,
    reading::document::{Document, Members},
};

/// How the next page is asked for, and where the answer says how many rows there are in all.
pub(super) fn read<'a>(document: &mut Document<'a>, request: &mut Members<'a>) -> Option<(Pages, Option<CellPath>)> {
    let Some(mut table) = request.optional_table(document, "pages") else { return Some((Pages::Single, None)) };
    let total = table.optional::<CellPath>(document, "total").map(|total| total.value);
    let kind = table.required::<String>(document, "kind")?;
    let pages = match kind.value.as_str() {
        "link" => {
            let at = table.optional::<CellPath>(document, "at").map(|at| at.value);
            Some(Pages::Link { at })
        }
        "cursor" => cursor(document, &mut table),
        "page" => numbered(document, &mut table, 1).map(Pages::Numbered),
        "offset" => numbered(document, &mut table, 0).map(Pages::Offset),
        other => {
            let known = "\"link\", \"cursor\", \"page\" and \"offset\"";
            document.problem(kind.at, format!("there are no pages of the kind {other:?}: the kinds are {known}"));
            return None;
        }
    };
    table.finish(document);
    Some((pages?, total))
}

fn cursor<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<Pages> {
    let cursor = table.required::<CellPath>(document, "cursor");
    let parameter = table.optional::<String>(document, "parameter").map(|given| given.value);
    let variable = table.optional::<String>(document, "variable").map(|given| given.value);
    let more = table.optional::<CellPath>(document, "more").map(|given| given.value);
    if parameter.is_some() == variable.is_some() {
        document.problem(table.at(), "say as what the cursor is sent: \"parameter\" or, for GraphQL, \"variable\"");
    }
    Some(Pages::Cursor { cursor: cursor?.value, parameter, variable, more })
}

fn numbered<'a>(document: &mut Document<'a>, table: &mut Members<'a>, first: u64) -> Option<Numbered> {
    let parameter = table.words(document, "parameter");
    let first = table.optional::<u64>(document, "first").map_or(first, |given| given.value);
    let size_parameter = table.optional::<String>(document, "size_parameter").map(|given| given.value);
    let size = table.required::<u64>(document, "size")?;
    if size.value == 0 {
        document.problem(size.at, "a page has one row at least");
    }
    Some(Numbered { parameter: parameter?, first, size_parameter, size: size.value.max(1) })
}
