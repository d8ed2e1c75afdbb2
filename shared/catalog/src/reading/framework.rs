//! `frameworks/<id>.toml`

use super::document::{Document, Members};
use crate::{Framework, Reporting, Requirement};
use domain::{FrameworkId, RequirementId};
use std::collections::BTreeSet;

pub(super) fn read<'a>(document: &mut Document<'a>, stem: &str) -> Option<Framework> {
    let mut members = document.members()?;
    let id = members.required::<FrameworkId>(document, "id");
    if let Some(id) = &id {
        document.same_name(id, stem);
        document.not_taken(id);
    }
    let title = members.words(document, "title");
    let version = members.words(document, "version");
    let source = members.words(document, "source");
    let requirements = requirements(document, &mut members);
    let reporting = members.optional_table(document, "reporting").and_then(|table| reporting(document, table));
    members.finish(document);
    Some(Framework {
        id: id?.value,
        title: title?,
        version: version?,
        source: source?,
        requirements: requirements?,
        reporting,
    })
}

fn reporting<'a>(document: &mut Document<'a>, mut table: Members<'a>) -> Option<Reporting> {
    let frequency = table.words(document, "frequency");
    let retention = table.words(document, "retention");
    let critical_areas = table.required::<Vec<String>>(document, "critical_areas");
    let source = table.words(document, "source");
    table.finish(document);
    if let Some(areas) = critical_areas.as_ref().filter(|areas| areas.value.is_empty()) {
        document.problem(areas.at, "\"critical_areas\" is empty: name one at least");
    }
    Some(Reporting {
        frequency: frequency?,
        retention: retention?,
        critical_areas: critical_areas?.value,
        source: source?,
    })
}

/// The requirements; none where one of them is broken, so that nobody is told that it does not exist.
fn requirements<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<Vec<Requirement>> {
    let tables = members.tables(document, "requirement");
    let count = tables.len();
    let mut seen = BTreeSet::new();
    let mut requirements = Vec::new();
    for mut table in tables {
        let id = table.required::<RequirementId>(document, "id");
        let title = table.words(document, "title");
        table.finish(document);
        let (Some(id), Some(title)) = (id, title) else { continue };
        if !seen.insert(id.value.clone()) {
            document.problem(id.at, format!("the requirement {:?} is there twice: remove one", id.value.as_str()));
        }
        requirements.push(Requirement { id: id.value, title });
    }
    (requirements.len() == count).then_some(requirements)
}
