//! From evidence documents to staging tables, one document at a time.

use crate::FindingsError;
use catalog::{Catalog, SourceQuery};
use domain::{
    Digest, EvidenceEntry, QueryEntry, QueryName, Slot, Snapshot, SnapshotEvidence, evidence::EvidenceHeader,
};
use reconcile::Staging;
use std::{collections::BTreeMap, path::Path};

/// What is known of evidence once it was read: the lines of the trail, and the questions it answers.
pub struct Trail {
    pub(crate) evidence: Vec<EvidenceEntry>,
    pub(crate) queries: Vec<QueryEntry>,
}

/// A staging database that is being filled with evidence of a snapshot: all of it, or that of one control.
pub struct Stage<'a> {
    catalog: &'a Catalog,
    snapshot: &'a Snapshot,
    staging: Staging,
    trail: Trail,
    names: BTreeMap<(QueryName, u32, Digest), String>,
}

impl<'a> Stage<'a> {
    /// Starts the staging database at `path`, where no file may be yet.
    pub fn begin(catalog: &'a Catalog, snapshot: &'a Snapshot, path: &Path) -> Result<Self, FindingsError> {
        let staging = Staging::create(path).map_err(FindingsError::reconcile("the staging database"))?;
        let trail = Trail { evidence: Vec::with_capacity(snapshot.evidence.len()), queries: Vec::new() };
        Ok(Self { catalog, snapshot, staging, trail, names: BTreeMap::new() })
    }

    /// Adds the document of `frozen`, in the snapshot's order. That its bytes have the frozen digest is the caller's to know.
    ///
    /// Fails when the document is other evidence or has other columns than the catalog declares; nothing can be finished then.
    pub fn add(&mut self, frozen: &SnapshotEvidence, document: &[u8]) -> Result<(), FindingsError> {
        let (slot, query) = asked(self.catalog, self.snapshot, frozen)?;
        let header = self
            .staging
            .add(&frozen.evidence_id, &slot.control, &slot.period, query, &slot.source, document)
            .map_err(FindingsError::reconcile(&frozen.evidence_id))?;
        check_slot(&slot, &header, frozen)?;
        let name = self.name_query(&header, query);
        self.trail.evidence.push(entry(frozen, slot, header, name));
        Ok(())
    }

    /// Closes the staging database, which is only read from here on.
    pub fn finish(mut self) -> Result<Trail, FindingsError> {
        self.staging.finish().map_err(FindingsError::reconcile("the staging database"))?;
        self.trail.queries.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(self.trail)
    }

    // Two texts under one name and version are two entries: the report shows what was asked, not what should have been.
    fn name_query(&mut self, header: &EvidenceHeader, query: &SourceQuery) -> String {
        let asked = &header.asked;
        let key = (asked.query.clone(), asked.query_version, asked.query_digest);
        if let Some(name) = self.names.get(&key) {
            return name.clone();
        }
        let plain = format!("{}.toml@{}", asked.query, asked.query_version);
        let taken = self.trail.queries.iter().any(|known| known.name == plain);
        let name = if taken { format!("{plain}-{}", asked.query_digest.short()) } else { plain };
        self.trail.queries.push(QueryEntry {
            name: name.clone(),
            query: asked.query.clone(),
            version: asked.query_version,
            answers: query.answers.clone(),
            digest: asked.query_digest,
            text: asked.query_text.clone(),
            columns: header.columns.clone(),
        });
        self.names.insert(key, name.clone());
        name
    }
}

fn asked<'a>(
    catalog: &'a Catalog,
    snapshot: &Snapshot,
    frozen: &SnapshotEvidence,
) -> Result<(Slot, &'a SourceQuery), FindingsError> {
    let absent = || FindingsError::NotInCatalog(format!("the evidence {}", frozen.evidence_id));
    let slot = frozen.evidence_id.slot(snapshot.tenant.clone()).map_err(|_| absent())?;
    let control = catalog.control(&slot.control).ok_or_else(absent)?;
    let collection = control.collect.iter().find(|collection| collection.source == slot.source).ok_or_else(absent)?;
    let query = catalog.source_query(&collection.query).ok_or_else(absent)?;
    Ok((slot, query))
}

// The key of an object is not inside its bytes; the slot is. A document put in another's place is found here.
fn check_slot(slot: &Slot, header: &EvidenceHeader, frozen: &SnapshotEvidence) -> Result<(), FindingsError> {
    if header.slot == *slot && header.totals.row_count == frozen.row_count {
        return Ok(());
    }
    let reason = format!("it is the evidence {} with {} rows", header.slot.evidence_id(), header.totals.row_count);
    Err(FindingsError::Unreadable { what: frozen.evidence_id.to_string(), reason })
}

fn entry(frozen: &SnapshotEvidence, slot: Slot, header: EvidenceHeader, query: String) -> EvidenceEntry {
    EvidenceEntry {
        evidence_id: frozen.evidence_id.clone(),
        control: slot.control,
        source: slot.source,
        period: slot.period,
        query,
        endpoint: header.asked.endpoint,
        parameters: header.asked.parameters,
        executed_at: header.collected.executed_at,
        executed_by: header.collected.executed_by,
        collector: format!("{} {}", header.collector.name, header.collector.version),
        row_count: header.totals.row_count,
        source_count: header.totals.source_count,
        raw: header.raw,
        digest: frozen.artifact.digest,
        length: frozen.artifact.length,
        version: frozen.artifact.version.clone(),
    }
}
