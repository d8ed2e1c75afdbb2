//! The right edge of a log, and appending to it.

use crate::{Frontier, LogError, TileName, WIDTH, bundle, leaf_hash, split};
use domain::Digest;
use std::collections::BTreeMap;

/// The tiles and the bundle that are not full yet: what an append has to know of a log, whatever its size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// The hashes of the last tile of each level, as far as they go.
    levels: Vec<Vec<Digest>>,
    entries: Vec<u8>,
}

/// What an append gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The edge after it.
    pub edge: Edge,
    /// The root after it.
    pub root: Digest,
    /// The tiles and bundles that are new, each whole. They follow from the log before and the new entries alone.
    pub tiles: Vec<(TileName, Vec<u8>)>,
}

impl Edge {
    /// The edge of a log of `size` entries whose root is `root`, out of its tiles: those that [`TileName::edge_of`] names.
    ///
    /// Fails when a tile is not what the root says.
    pub fn read(size: u64, root: Digest, tiles: &BTreeMap<TileName, Vec<u8>>) -> Result<Self, LogError> {
        let mut edge = Self { size, ..Self::default() };
        for name in TileName::edge_of(size) {
            let bytes = tiles.get(&name).ok_or_else(|| LogError::tile(name, "it is not there"))?;
            edge.take(name, bytes)?;
        }
        match edge.root() {
            found if found == root => Ok(edge),
            found => Err(LogError::Root { size, expected: root, found }),
        }
    }

    fn take(&mut self, name: TileName, bytes: &[u8]) -> Result<(), LogError> {
        match name.level {
            None => {
                self.entries = bytes.to_vec();
                self.check_entries(name)
            }
            Some(level) => {
                *self.level(level.into()) = hashes(name, bytes)?;
                if level == 0 { self.check_entries(name) } else { Ok(()) }
            }
        }
    }

    // The bundle and the lowest tile are about the same entries. Whichever comes last finds the other there.
    fn check_entries(&self, name: TileName) -> Result<(), LogError> {
        let Some(level) = self.levels.first() else { return Ok(()) };
        let entries = split(&self.entries)?;
        let same = entries.iter().map(|entry| leaf_hash(entry)).eq(level.iter().copied());
        if same { Ok(()) } else { Err(LogError::tile(name, "the entries and their hashes do not fit together")) }
    }

    /// How many entries the log has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The log's root.
    pub fn root(&self) -> Digest {
        let mut frontier = Frontier::default();
        for (level, hashes) in self.levels.iter().enumerate().rev() {
            let height = u32::try_from(level).unwrap_or(u32::MAX).saturating_mul(WIDTH.ilog2());
            hashes.iter().for_each(|hash| frontier.push_subtree(height, *hash));
        }
        frontier.root()
    }

    /// Appends `entries` in their order. The log itself stays as it is: whoever keeps it stores the tiles.
    pub fn append<'a>(&self, entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Appended, LogError> {
        let (mut edge, mut tiles) = (self.clone(), Vec::new());
        for entry in entries {
            bundle(&mut edge.entries, entry)?;
            edge.size += 1;
            if edge.size.is_multiple_of(WIDTH) {
                let name = TileName { level: None, index: edge.size / WIDTH - 1, width: WIDTH };
                tiles.push((name, std::mem::take(&mut edge.entries)));
            }
            edge.push(0, leaf_hash(entry), &mut tiles);
        }
        edge.push_partial(self.size, &mut tiles);
        tiles.sort();
        Ok(Appended { root: edge.root(), edge, tiles })
    }

    // A tile that becomes full is closed, and its root is the next hash of the level above.
    fn push(&mut self, level: u8, hash: Digest, tiles: &mut Vec<(TileName, Vec<u8>)>) {
        let size = self.size;
        let hashes = self.level(level.into());
        hashes.push(hash);
        if hashes.len() as u64 == WIDTH {
            let full = std::mem::take(hashes);
            let index = (size >> (WIDTH.ilog2() * u32::from(level))) / WIDTH - 1;
            tiles.push((TileName { level: Some(level), index, width: WIDTH }, concatenated(&full)));
            let mut frontier = Frontier::default();
            full.into_iter().for_each(|hash| frontier.push(hash));
            self.push(level + 1, frontier.root(), tiles);
        }
    }

    // Those that the log had before are not new.
    fn push_partial(&self, before: u64, tiles: &mut Vec<(TileName, Vec<u8>)>) {
        let old: Vec<TileName> = TileName::edge_of(before).collect();
        for name in TileName::edge_of(self.size).filter(|name| !old.contains(name)) {
            let bytes = match name.level {
                None => self.entries.clone(),
                Some(level) => concatenated(self.levels.get(usize::from(level)).map_or(&[][..], Vec::as_slice)),
            };
            tiles.push((name, bytes));
        }
    }

    fn level(&mut self, level: usize) -> &mut Vec<Digest> {
        if self.levels.len() <= level {
            self.levels.resize(level + 1, Vec::new());
        }
        // Resized just now.
        #[expect(clippy::indexing_slicing, reason = "the line above makes room for it")]
        &mut self.levels[level]
    }
}

/// The hashes of a tile.
pub(crate) fn hashes(name: TileName, bytes: &[u8]) -> Result<Vec<Digest>, LogError> {
    let (chunks, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || chunks.len() as u64 != name.width {
        let reason = format!("it has to be {} bytes long and is {}", name.width * 32, bytes.len());
        return Err(LogError::tile(name, reason));
    }
    Ok(chunks.iter().map(|chunk| Digest::from_bytes(*chunk)).collect())
}

fn concatenated(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: u64) -> Vec<u8> {
        format!("entry {n}").into_bytes()
    }

    fn appended(edge: &Edge, upto: u64) -> Appended {
        let entries: Vec<Vec<u8>> = (edge.size()..upto).map(entry).collect();
        edge.append(entries.iter().map(Vec::as_slice)).unwrap()
    }

    fn root(size: u64) -> Digest {
        let mut frontier = Frontier::default();
        (0..size).for_each(|n| frontier.push(leaf_hash(&entry(n))));
        frontier.root()
    }

    #[test]
    fn however_a_log_grows_its_tiles_and_root_are_the_same() {
        let sizes = [1, 2, 255, 256, 257, 511, 512, 700, 66_000];
        let (mut edge, mut kept) = (Edge::default(), BTreeMap::new());
        for size in sizes {
            let next = appended(&edge, size);
            kept.extend(next.tiles.clone());
            assert_eq!((next.edge.size(), next.root), (size, root(size)), "{size}");
            // What is needed to go on is what is kept, and nothing else.
            edge = Edge::read(size, next.root, &kept).unwrap();
            assert_eq!(edge.root(), next.edge.root());
            let at_once: BTreeMap<_, _> = appended(&Edge::default(), size).tiles.into_iter().collect();
            for name in TileName::entries_of(size).chain(TileName::hashes_of(size)) {
                assert_eq!(kept.get(&name), at_once.get(&name), "{name} of {size}");
                assert!(kept.contains_key(&name), "{name} of {size}");
            }
        }
    }

    #[test]
    fn an_edge_that_is_not_the_one_of_the_root_is_refused() {
        let Appended { root, tiles, .. } = appended(&Edge::default(), 300);
        let tiles: BTreeMap<_, _> = tiles.into_iter().collect();
        for name in TileName::edge_of(300) {
            let mut changed = tiles.clone();
            changed.get_mut(&name).unwrap()[5] ^= 1;
            assert!(Edge::read(300, root, &changed).is_err(), "{name}");
            changed.remove(&name);
            assert!(Edge::read(300, root, &changed).is_err(), "{name}");
        }
    }
}
