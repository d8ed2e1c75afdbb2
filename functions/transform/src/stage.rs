//! From locked evidence to staging tables, a few documents in memory at a time.

use crate::TransformError;
use catalog::Catalog;
use domain::{Snapshot, SnapshotEvidence};
use findings::{Stage, Trail};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::path::Path;
use storage::{Storage, StorageError};

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
    let mut stage = Stage::begin(catalog, snapshot, path)?;
    for batch in batches(evidence) {
        for (frozen, document) in batch.iter().zip(fetch(storage, batch).await?) {
            stage.add(frozen, &document)?;
        }
    }
    Ok(stage.finish()?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ArtifactReference, Digest};

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
