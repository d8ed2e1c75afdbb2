//! `scope.toml`

use super::{document::Document, reference::Target};
use crate::Scope;
use domain::SourceId;
use std::collections::BTreeSet;
use toml::Spanned;

pub(super) fn read(document: &mut Document<'_>) -> Option<Scope> {
    let mut members = document.members()?;
    let list = members.required::<Vec<Spanned<SourceId>>>(document, "sources");
    members.finish(document);
    let mut sources = BTreeSet::new();
    for source in list?.value {
        let (at, id) = (source.span().start, source.into_inner());
        document.refer(at, Target::Source(id.clone()));
        if !sources.insert(id.clone()) {
            document.problem(at, format!("the source {:?} is named twice: remove one", id.as_str()));
        }
    }
    Some(Scope { sources })
}
