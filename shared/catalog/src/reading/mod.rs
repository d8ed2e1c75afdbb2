//! Reading the files of a catalog: each on its own first, then what they say of each other.

mod asking;
mod case;
mod column;
mod control;
mod document;
mod finding_query;
mod framework;
mod pattern;
mod question;
mod reference;
mod scope;
mod source;
mod source_query;

use crate::{Catalog, Problem, Problems};
use document::Document;
use domain::QueryName;
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
    /// Which sources there are.
    Scope,
    /// What a finding query makes of small evidence.
    Case,
    /// A README, kept for people.
    Note,
}

const PLACES: &str = "the files of a catalog are frameworks/<id>.toml, controls/<id>.toml, sources/<id>.toml, \
                      queries/<name>.toml, queries/<name>.sql, cases/<finding>.toml, templates/<name>.typ, scope.toml and README.md";

/// What a path says: the kind of the file and the name it gives to what is inside.
fn kind(path: &str) -> Option<(Kind, &str)> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, extension) = file.rsplit_once('.')?;
    let kind = match (folder, extension) {
        _ if file == "README.md" => Kind::Note,
        ("", "toml") if stem == "scope" => Kind::Scope,
        ("cases", "toml") => Kind::Case,
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

/// Whether a file tries a finding query out: no report rests on it.
pub(crate) fn is_case(path: &str) -> bool {
    matches!(kind(path), Some((Kind::Case, _)))
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
    catalog.files = files.into_iter().filter(|(path, _)| !is_case(path)).collect();
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
        Kind::Scope => catalog.scope = scope::read(document),
        Kind::Case => read_cases(catalog, document, stem),
        Kind::Template | Kind::Note => {}
    }
    Some(())
}

fn read_cases(catalog: &mut Catalog, document: &mut Document<'_>, stem: &str) {
    match QueryName::new(stem) {
        Ok(finding) => drop(case::read(document, &finding).map(|cases| catalog.cases.insert(finding, cases))),
        Err(error) => document.problem(0, error.to_string()),
    }
}

/// Whether a text can name a header of a request.
fn source_header_name(text: &str) -> bool {
    source::is_header_name(text)
}

#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod tests;
