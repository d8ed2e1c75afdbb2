//! Reading the files of a catalog: each on its own first, then what they say of each other.

mod column;
mod control;
mod document;
mod finding_query;
mod framework;
mod pattern;
mod reference;
mod source;
mod source_query;

use crate::{Catalog, Problem, Problems};
use document::Document;
use reference::Reference;
use std::collections::BTreeMap;

/// What a file is, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Framework,
    Control,
    Source,
    SourceQuery,
    FindingQuery,
    Template,
    /// A README, kept for people.
    Note,
}

const PLACES: &str = "the files of a catalog are frameworks/<id>.toml, controls/<id>.toml, sources/<id>.toml, \
                      queries/<name>.toml, queries/<name>.sql, templates/<name>.typ and README.md";

/// What a path says: the kind of the file and the name it gives to what is inside.
fn kind(path: &str) -> Option<(Kind, &str)> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, extension) = file.rsplit_once('.')?;
    let kind = match (folder, extension) {
        _ if file == "README.md" => Kind::Note,
        ("frameworks", "toml") => Kind::Framework,
        ("controls", "toml") => Kind::Control,
        ("sources", "toml") => Kind::Source,
        ("queries", "toml") => Kind::SourceQuery,
        ("queries", "sql") => Kind::FindingQuery,
        ("templates", "typ") => Kind::Template,
        _ => return None,
    };
    Some((kind, stem))
}

/// Reads every file. Fails with everything that is wrong with any of them.
pub(crate) fn read(files: BTreeMap<String, String>) -> Result<Catalog, Problems> {
    let mut catalog = Catalog::empty();
    let (mut problems, mut references) = (Vec::new(), Vec::new());
    for (path, text) in &files {
        let mut document = Document { file: path, text, problems: &mut problems, references: &mut references };
        read_file(&mut catalog, &mut document);
    }
    problems.extend(references.iter().filter_map(|reference| reference.problem(&catalog, &files)));
    catalog.files = files;
    if problems.is_empty() { Ok(catalog) } else { Err(Problems::new(problems)) }
}

fn read_file(catalog: &mut Catalog, document: &mut Document<'_>) -> Option<()> {
    let Some((kind, stem)) = kind(document.file) else {
        document.problem(0, format!("this file has no place in a catalog: {PLACES}"));
        return None;
    };
    match kind {
        Kind::Framework => drop(framework::read(document, stem).map(|it| catalog.frameworks.insert(it.id.clone(), it))),
        Kind::Control => drop(control::read(document, stem).map(|it| catalog.controls.insert(it.id.clone(), it))),
        Kind::Source => drop(source::read(document, stem).map(|it| catalog.sources.insert(it.id.clone(), it))),
        Kind::SourceQuery => {
            drop(source_query::read(document, stem).map(|it| catalog.source_queries.insert(it.name.clone(), it)));
        }
        Kind::FindingQuery => {
            drop(finding_query::read(document, stem).map(|it| catalog.finding_queries.insert(it.name.clone(), it)));
        }
        Kind::Template | Kind::Note => {}
    }
    Some(())
}

#[cfg(test)]
mod tests;
