//! From locked evidence to staging tables, a few documents in memory at a time.

use crate::TransformError;
use catalog::{Catalog, SourceQuery};
use domain::{
    Digest, EvidenceEntry, QueryEntry, QueryName, Slot, Snapshot, SnapshotEvidence, evidence::EvidenceHeader,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reconcile::Staging;
use std::{collections::BTreeMap, path::Path};
use storage::{Storage, StorageError};

/// What is known of evidence once it was read: the trail, and the questions it answers.
pub(crate) struct Trail {
    pub(crate) evidence: Vec<EvidenceEntry>,
    pub(crate) queries: Vec<QueryEntry>,
}

// What is fetched ahead at once: many small documents, whose fetching is nearly all waiting, or one that is large.
const AHEAD: usize = 16;
const AHEAD_BYTES: u64 = 16 << 20;

/// Stages `evidence`, which is some or all of the snapshot's, in its order.
pub(crate) async fn stage(
    storage: &Storage,
    catalog: &Catalog,
    snapshot: &Snapshot,
    evidence: &[SnapshotEvidence],
    path: &Path,
) -> Result<Trail, TransformError> {
    let failed = || TransformError::reconcile("the staging database");
    let mut staging = Staging::create(path).map_err(failed())?;
    let mut trail = Trail { evidence: Vec::with_capacity(evidence.len()), queries: Vec::new() };
    let mut names = BTreeMap::new();
    for batch in batches(evidence) {
        for (frozen, document) in batch.iter().zip(fetch(storage, batch).await?) {
            let (slot, query) = asked(catalog, snapshot, frozen)?;
            let header = staging
                .add(&frozen.evidence_id, &slot.control, &slot.period, query, &slot.source, &document)
                .map_err(TransformError::reconcile(&frozen.evidence_id))?;
            check_slot(&slot, &header, frozen)?;
            let name = trail.name_query(&mut names, &header, query);
            trail.evidence.push(entry(frozen, slot, header, name));
        }
    }
    staging.finish().map_err(failed())?;
    trail.queries.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(trail)
}

async fn fetch(storage: &Storage, batch: &[SnapshotEvidence]) -> Result<Vec<Vec<u8>>, StorageError> {
    let documents = batch.iter().map(|frozen| storage.locker.fetch(&frozen.artifact));
    stream::iter(documents).buffered(AHEAD).try_collect().await
}

/// Stretches of at most [`AHEAD`] documents and [`AHEAD_BYTES`], or one document that is larger.
fn batches(mut evidence: &[SnapshotEvidence]) -> impl Iterator<Item = &[SnapshotEvidence]> {
    std::iter::from_fn(move || {
        let mut bytes = 0_u64;
        let fits = |frozen: &&SnapshotEvidence| {
            bytes = bytes.saturating_add(frozen.artifact.length);
            bytes <= AHEAD_BYTES
        };
        let count = evidence.iter().take(AHEAD).take_while(fits).count().max(1);
        let (batch, rest) = evidence.split_at_checked(count)?;
        evidence = rest;
        Some(batch)
    })
}

fn asked<'a>(
    catalog: &'a Catalog,
    snapshot: &Snapshot,
    frozen: &SnapshotEvidence,
) -> Result<(Slot, &'a SourceQuery), TransformError> {
    let absent = || TransformError::NotInCatalog(format!("the evidence {}", frozen.evidence_id));
    let slot = frozen.evidence_id.slot(snapshot.tenant.clone()).map_err(|_| absent())?;
    let control = catalog.control(&slot.control).ok_or_else(absent)?;
    let collection = control.collect.iter().find(|collection| collection.source == slot.source).ok_or_else(absent)?;
    let query = catalog.source_query(&collection.query).ok_or_else(absent)?;
    Ok((slot, query))
}

// The key of an object is not inside its bytes; the slot is. A document put in another's place is found here.
fn check_slot(slot: &Slot, header: &EvidenceHeader, frozen: &SnapshotEvidence) -> Result<(), TransformError> {
    if header.slot == *slot && header.totals.row_count == frozen.row_count {
        return Ok(());
    }
    let reason = format!("it is the evidence {} with {} rows", header.slot.evidence_id(), header.totals.row_count);
    Err(TransformError::Unreadable { what: frozen.evidence_id.to_string(), reason })
}

impl Trail {
    // Two texts under one name and version are two entries: the report shows what was asked, not what should have been.
    fn name_query(
        &mut self,
        names: &mut BTreeMap<(QueryName, u32, Digest), String>,
        header: &EvidenceHeader,
        query: &SourceQuery,
    ) -> String {
        let asked = &header.asked;
        let key = (asked.query.clone(), asked.query_version, asked.query_digest);
        if let Some(name) = names.get(&key) {
            return name.clone();
        }
        let plain = format!("{}.toml@{}", asked.query, asked.query_version);
        let taken = self.queries.iter().any(|known| known.name == plain);
        let name = if taken { format!("{plain}-{}", asked.query_digest.short()) } else { plain };
        self.queries.push(QueryEntry {
            name: name.clone(),
            query: asked.query.clone(),
            version: asked.query_version,
            answers: query.answers.clone(),
            digest: asked.query_digest,
            text: asked.query_text.clone(),
            columns: header.columns.clone(),
        });
        names.insert(key, name.clone());
        name
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ArtifactReference;

    fn frozen(length: u64) -> SnapshotEvidence {
        let (key, version, digest) = (String::new(), String::new(), Digest::of(b""));
        let artifact = ArtifactReference { key, version, digest, length };
        SnapshotEvidence { evidence_id: "leavers.hr.2026".parse().unwrap(), artifact, row_count: 0 }
    }

    #[test]
    fn what_is_fetched_ahead_is_bounded_in_number_and_bytes_and_nothing_is_left_out() {
        let counts = |lengths: &[u64]| {
            let evidence: Vec<_> = lengths.iter().copied().map(frozen).collect();
            batches(&evidence).map(<[_]>::len).collect::<Vec<_>>()
        };
        assert_eq!(counts(&[]), [0; 0]);
        assert_eq!(counts(&[1; 40]), [16, 16, 8]);
        assert_eq!(counts(&[AHEAD_BYTES / 2, AHEAD_BYTES / 2, 1]), [2, 1]);
        assert_eq!(counts(&[u64::MAX, AHEAD_BYTES + 1, 1, 1]), [1, 1, 2]);
    }
}
