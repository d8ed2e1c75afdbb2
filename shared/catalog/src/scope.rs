//! `scope.toml`: which of the catalog's sources an organisation has.

use crate::{Catalog, Control};
use domain::SourceId;
use std::collections::BTreeSet;

/// The sources that are there to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Their ids.
    pub sources: BTreeSet<SourceId>,
}

impl Catalog {
    /// The collectors that ask the sources of `control`, as the catalog names them.
    pub fn collectors(&self, control: &Control) -> BTreeSet<&'static str> {
        let sources = control.collect.iter().filter_map(|collection| self.source(&collection.source));
        sources.map(|source| source.access.collector()).collect()
    }

    /// Whether every source that `control` asks is in scope: only then is it operated.
    pub fn is_operated(&self, control: &Control) -> bool {
        self.out_of_scope(control).next().is_none()
    }

    /// The sources that `control` asks and that are not in scope.
    pub fn out_of_scope<'a>(&'a self, control: &'a Control) -> impl Iterator<Item = &'a SourceId> {
        let asked = control.collect.iter().map(|collection| &collection.source);
        asked.filter(|source| self.scope.as_ref().is_some_and(|scope| !scope.sources.contains(*source)))
    }
}
