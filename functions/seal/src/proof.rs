//! Proofs, out of the store.

use crate::{SealError, reading::of, tile};
use custody_log::{Checkpoint, LogError, TileName, Tiles};
use domain::{Digest, TenantId};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};
use storage::Storage;

/// The proof that entry `index` is in the log that `checkpoint` is of.
pub async fn prove_inclusion(
    storage: &Storage,
    tenant: &TenantId,
    checkpoint: &Checkpoint,
    index: u64,
) -> Result<Vec<Digest>, SealError> {
    let Checkpoint { size, root, .. } = *checkpoint;
    proven(storage, tenant, |tiles| custody_log::prove_inclusion(tiles, size, root, index)).await
}

/// The proof that the log that `checkpoint` is of goes on from the one of its first `old` entries.
pub async fn prove_consistency(
    storage: &Storage,
    tenant: &TenantId,
    checkpoint: &Checkpoint,
    old: u64,
) -> Result<Vec<Digest>, SealError> {
    let Checkpoint { size, root, .. } = *checkpoint;
    proven(storage, tenant, |tiles| custody_log::prove_consistency(tiles, size, root, old)).await
}

/// Tiles that were fetched, and those that were asked for and were not there.
#[derive(Default)]
struct Gathered {
    tiles: BTreeMap<TileName, Vec<u8>>,
    absent: RefCell<BTreeSet<TileName>>,
}

impl Tiles for Gathered {
    fn tile(&self, name: TileName) -> Result<Vec<u8>, LogError> {
        let found = self.tiles.get(&name).cloned();
        found.ok_or_else(|| {
            self.absent.borrow_mut().insert(name);
            LogError::Tile { name: name.to_string(), reason: "it is not fetched yet".to_owned() }
        })
    }
}

// Which tiles a proof needs is known to whoever makes it, who cannot wait for a store: it is asked again with what it asked for, a few
// times.
async fn proven(
    storage: &Storage,
    tenant: &TenantId,
    make: impl Fn(&Gathered) -> Result<Vec<Digest>, LogError>,
) -> Result<Vec<Digest>, SealError> {
    let mut gathered = Gathered::default();
    loop {
        let made = make(&gathered);
        let absent = gathered.absent.take();
        if absent.is_empty() {
            return made.map_err(of(tenant));
        }
        for name in absent {
            gathered.tiles.insert(name, tile(storage, tenant, name).await?);
        }
    }
}
