//! A catalog that was read and found sound.

use crate::{Case, Control, FindingQuery, Framework, Problems, Scope, Source, SourceQuery, archive, reading};
use domain::{
    ControlId, Digest, FrameworkId, Period, PeriodError, QueryName, Slot, SlotCommitment, SourceId, TenantId,
    Timestamp, canonical,
};
use std::collections::BTreeMap;

/// What is asked of whom, and why: every file of a catalog, and what they say.
///
/// Every reference in it leads somewhere: [`Catalog::read`] gives none otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) frameworks: BTreeMap<FrameworkId, Framework>,
    pub(crate) controls: BTreeMap<ControlId, Control>,
    pub(crate) sources: BTreeMap<SourceId, Source>,
    pub(crate) source_queries: BTreeMap<QueryName, SourceQuery>,
    pub(crate) finding_queries: BTreeMap<QueryName, FindingQuery>,
    pub(crate) cases: BTreeMap<QueryName, Vec<Case>>,
    pub(crate) scope: Option<Scope>,
}

const TEMPLATES: &str = "templates/";

impl Catalog {
    pub(crate) fn empty() -> Self {
        Self {
            files: BTreeMap::new(),
            frameworks: BTreeMap::new(),
            controls: BTreeMap::new(),
            sources: BTreeMap::new(),
            source_queries: BTreeMap::new(),
            finding_queries: BTreeMap::new(),
            cases: BTreeMap::new(),
            scope: None,
        }
    }

    /// Reads `files`, path to text, as `controls/access-mfa.toml`. Fails with everything that is wrong, not only the first.
    pub fn read(files: BTreeMap<String, String>) -> Result<Catalog, Problems> {
        reading::read(files)
    }

    /// Every file that a report rests on, cases not, in one canonical JSON text: `{"files":{path:text},"format":"exhibit/catalog/v1"}`.
    pub fn archive(&self) -> Vec<u8> {
        archive::write(&self.files)
    }

    /// Reads what [`Catalog::archive`] wrote, and checks it as [`Catalog::read`] does.
    pub fn from_archive(bytes: &[u8]) -> Result<Catalog, Problems> {
        archive::read(bytes)
    }

    /// The SHA-256 of [`Catalog::archive`].
    pub fn digest(&self) -> Digest {
        Digest::of(&self.archive())
    }

    /// Every file that a report rests on, as it was read, by path: cases are not among them.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// The templates: `templates/report.typ` to its text.
    pub fn templates(&self) -> BTreeMap<String, String> {
        let all = self.files.iter().filter(|(path, _)| path.starts_with(TEMPLATES));
        all.map(|(path, text)| (path.clone(), text.clone())).collect()
    }

    /// The SHA-256 of the canonical JSON of [`Catalog::templates`].
    pub fn templates_digest(&self) -> Digest {
        // Texts by name always have a JSON form.
        Digest::of(&canonical::to_bytes(&self.templates()).unwrap_or_default())
    }

    /// The framework of that id.
    pub fn framework(&self, id: &FrameworkId) -> Option<&Framework> {
        self.frameworks.get(id)
    }

    /// The control of that id, if it is operated.
    pub fn control(&self, id: &ControlId) -> Option<&Control> {
        self.controls.get(id).filter(|control| self.is_operated(control))
    }

    /// The source of that id.
    pub fn source(&self, id: &SourceId) -> Option<&Source> {
        self.sources.get(id)
    }

    /// The question to a source of that name.
    pub fn source_query(&self, name: &QueryName) -> Option<&SourceQuery> {
        self.source_queries.get(name)
    }

    /// The question to the staging tables of that name.
    pub fn finding_query(&self, name: &QueryName) -> Option<&FindingQuery> {
        self.finding_queries.get(name)
    }

    /// Every framework, by id.
    pub fn frameworks(&self) -> impl Iterator<Item = &Framework> {
        self.frameworks.values()
    }

    /// Every control that is operated, by id.
    pub fn controls(&self) -> impl Iterator<Item = &Control> {
        self.controls.values().filter(|control| self.is_operated(control))
    }

    /// Every control of the catalog, by id; those too that ask a source that is not in scope.
    pub fn all_controls(&self) -> impl Iterator<Item = &Control> {
        self.controls.values()
    }

    /// The cases that try finding queries out, by query.
    pub fn cases(&self) -> &BTreeMap<QueryName, Vec<Case>> {
        &self.cases
    }

    /// Which sources are there to be asked; none: all.
    pub fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// Every source, by id.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.values()
    }

    /// Every question to a source, by name.
    pub fn source_queries(&self) -> impl Iterator<Item = &SourceQuery> {
        self.source_queries.values()
    }

    /// Every question to the staging tables, by name.
    pub fn finding_queries(&self) -> impl Iterator<Item = &FindingQuery> {
        self.finding_queries.values()
    }

    /// The controls that satisfy a requirement of `framework`, by id.
    pub fn controls_for(&self, framework: &FrameworkId) -> impl Iterator<Item = &Control> {
        self.controls().filter(move |control| control.satisfies.contains_key(framework))
    }

    /// What each control asks of its sources, as slots to commit. When that begins is not for the catalog to say: `from` is the beginning of
    /// time.
    pub fn commitments(&self) -> Vec<SlotCommitment> {
        let catalog = self.digest();
        let of_control = |control: &Control| {
            let mut sources: Vec<SourceId> = control.collect.iter().map(|asked| asked.source.clone()).collect();
            sources.sort();
            SlotCommitment {
                control: control.id.clone(),
                every: control.period,
                sources,
                frameworks: control.satisfies.keys().cloned().collect(),
                from: Timestamp::MIN,
                grace_hours: control.grace_hours(),
                catalog,
            }
        };
        self.controls().map(of_control).collect()
    }

    /// The slots of `control` that are due in `window`: each of its periods that lies wholly inside, with each of its
    /// sources; by evidence id. Fails where the window leaves the calendar.
    pub fn slots(&self, tenant: &TenantId, control: &Control, window: &Period) -> Result<Vec<Slot>, PeriodError> {
        let of_period = |period: Period| {
            control.collect.iter().map(move |collection| Slot {
                tenant: tenant.clone(),
                control: control.id.clone(),
                source: collection.source.clone(),
                period,
            })
        };
        let mut slots: Vec<Slot> = window.divide(control.period)?.into_iter().flat_map(of_period).collect();
        slots.sort_by_cached_key(Slot::evidence_id);
        Ok(slots)
    }
}
