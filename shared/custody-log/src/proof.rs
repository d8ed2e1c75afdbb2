//! Proofs of inclusion and consistency (RFC 6962, section 2.1), made from tiles and checked.

use crate::{LogError, TileName, WIDTH};
use domain::Digest;
use tlog_tiles::{
    tile::{Tile, TileHashReader, TileReader},
    tlog::{self, Hash},
};

/// Where tiles of hashes come from: a folder, a bundle, a server. Each is checked against the root before anything is made of it.
pub trait Tiles {
    /// The bytes of a tile, or why there are none.
    fn tile(&self, name: TileName) -> Result<Vec<u8>, LogError>;
}

/// The proof that entry `index` is in the log of `size` entries with this root.
pub fn prove_inclusion(tiles: &impl Tiles, size: u64, root: Digest, index: u64) -> Result<Vec<Digest>, LogError> {
    if index >= size {
        return Err(LogError::Size { size, asked: index });
    }
    let reader = Reader { tiles, failed: std::cell::RefCell::new(None) };
    let proof = tlog::prove_record(size, index, &TileHashReader::new(size, hash(root), &reader));
    reader.proof(proof)
}

/// The proof that the log of `size` entries with this root goes on from the one of its first `old` entries.
pub fn prove_consistency(tiles: &impl Tiles, size: u64, root: Digest, old: u64) -> Result<Vec<Digest>, LogError> {
    if old > size {
        return Err(LogError::Size { size, asked: old });
    }
    if old == 0 || old == size {
        return Ok(Vec::new());
    }
    let reader = Reader { tiles, failed: std::cell::RefCell::new(None) };
    let proof = tlog::prove_tree(size, old, &TileHashReader::new(size, hash(root), &reader));
    reader.proof(proof)
}

/// Whether `proof` shows that `leaf` is entry `index` of the log of `size` entries with this root.
pub fn check_inclusion(proof: &[Digest], size: u64, root: Digest, index: u64, leaf: Digest) -> Result<(), LogError> {
    if index >= size {
        return Err(LogError::Size { size, asked: index });
    }
    let proof = proof.iter().copied().map(hash).collect();
    tlog::check_record(&proof, size, hash(root), index, hash(leaf)).map_err(|_| LogError::Proof)
}

/// Whether `proof` shows that the log of `size` entries with `root` goes on from the one of `old` entries with `old_root`; `old` is at least 1,
/// unless both have none.
pub fn check_consistency(
    proof: &[Digest],
    size: u64,
    root: Digest,
    old: u64,
    old_root: Digest,
) -> Result<(), LogError> {
    let holds = |holds: bool| if holds { Ok(()) } else { Err(LogError::Proof) };
    match old {
        _ if old > size => Err(LogError::Size { size, asked: old }),
        // Of nothing, everything goes on: whoever asks for that proof has taken no look at a log yet.
        0 if size > 0 => Err(LogError::Proof),
        _ if old == size => holds(proof.is_empty() && old_root == root && (old > 0 || root == Digest::of(b""))),
        _ => {
            let proof = proof.iter().copied().map(hash).collect();
            tlog::check_tree(&proof, size, hash(root), old, hash(old_root)).map_err(|_| LogError::Proof)
        }
    }
}

fn hash(digest: Digest) -> Hash {
    Hash(*digest.as_bytes())
}

/// The tiles as `tlog_tiles` asks for them; what went wrong in between is kept for the answer.
struct Reader<'a, T> {
    tiles: &'a T,
    failed: std::cell::RefCell<Option<LogError>>,
}

impl<T: Tiles> Reader<'_, T> {
    fn proof(&self, proof: Result<Vec<Hash>, tlog::Error>) -> Result<Vec<Digest>, LogError> {
        if let Some(failed) = self.failed.borrow_mut().take() {
            return Err(failed);
        }
        let proof = proof.map_err(|error| LogError::tile("the tiles", error))?;
        Ok(proof.into_iter().map(|hash| Digest::from_bytes(hash.0)).collect())
    }

    fn read(&self, tile: &Tile) -> Result<Vec<u8>, LogError> {
        let name = TileName { level: Some(tile.level()), index: tile.level_index(), width: u64::from(tile.width()) };
        let bytes = self.tiles.tile(name)?;
        match bytes.len() as u64 == name.width * 32 {
            true => Ok(bytes),
            false => Err(LogError::tile(name, format!("it is {} bytes long", bytes.len()))),
        }
    }
}

impl<T: Tiles> TileReader for Reader<'_, T> {
    fn height(&self) -> u8 {
        u8::try_from(WIDTH.ilog2()).unwrap_or(u8::MAX)
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        let read: Result<_, LogError> = tiles.iter().map(|tile| self.read(tile)).collect();
        read.map_err(|error| {
            *self.failed.borrow_mut() = Some(error);
            tlog::Error::InvalidTile
        })
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}
