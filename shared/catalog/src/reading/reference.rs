//! What the files of a catalog say of each other.

use super::asking;
use crate::{Catalog, Problem};
use domain::{FrameworkId, QueryName, RequirementId, SourceId};
use std::collections::BTreeMap;

/// A name in one file of something in another.
pub(super) struct Reference {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) target: Target,
}

/// What has to be there.
pub(super) enum Target {
    Framework(FrameworkId),
    Requirement(FrameworkId, RequirementId),
    Source(SourceId),
    SourceQuery(QueryName),
    FindingQuery(QueryName),
    /// A question that the source's collector can put.
    Asked(SourceId, QueryName),
    /// A column of a query.
    Column(QueryName, String),
    /// Other queries that fill the same table have the same columns.
    Fills(QueryName),
}

impl Reference {
    /// What is wrong with it, if it leads nowhere.
    ///
    /// A file that is there and broken is its own problem, not one of each that names it.
    pub(super) fn problem(&self, catalog: &Catalog, files: &BTreeMap<String, String>) -> Option<Problem> {
        let absent = |what: &str, name: &dyn std::fmt::Display, path: String| {
            let message = format!("there is no {what} {:?}: write {path}, or correct the name", name.to_string());
            (!files.contains_key(&path)).then_some(message)
        };
        let message = match &self.target {
            Target::Framework(id) => absent("framework", id, format!("frameworks/{id}.toml")),
            Target::Source(id) => absent("source", id, format!("sources/{id}.toml")),
            Target::SourceQuery(name) => absent("query to a source", name, format!("queries/{name}.toml")),
            Target::FindingQuery(name) => absent("finding query", name, format!("queries/{name}.sql")),
            Target::Requirement(framework, id) => unknown_requirement(catalog, framework, id),
            Target::Asked(source, query) => asking::problem(catalog, source, query),
            Target::Column(query, column) => unknown_column(catalog, query, column),
            Target::Fills(name) => other_columns(catalog, name),
        }?;
        Some(Problem { file: self.file.clone(), line: self.line, message })
    }
}

fn unknown_requirement(catalog: &Catalog, framework: &FrameworkId, id: &RequirementId) -> Option<String> {
    let known = catalog.framework(framework)?.requirements.iter().any(|requirement| requirement.id == *id);
    let message = format!(
        "{:?} is no requirement of {framework}: add it to frameworks/{framework}.toml, or correct the number",
        id.as_str()
    );
    (!known).then_some(message)
}

fn other_columns(catalog: &Catalog, name: &QueryName) -> Option<String> {
    let query = catalog.source_query(name)?;
    let differs = catalog
        .source_queries()
        .find(|other| other.table() == query.table() && other.evidence_columns() != query.evidence_columns())?;
    Some(format!("{} fills the table {} too and has other columns: give both the same", differs.name, query.table()))
}

fn unknown_column(catalog: &Catalog, query: &QueryName, column: &str) -> Option<String> {
    let known = catalog.source_query(query)?.columns.iter().any(|declared| declared.column.name == column);
    (!known).then(|| format!("{query} has no column {column:?}: declare it, or correct the name"))
}
