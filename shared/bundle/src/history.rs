//! The log of a bundle or a store: read whole, each entry against its hash, each tile against the entries, the root against the checkpoint.

use crate::Problem;
use custody_log::{
    Frontier, LogError, Opened, SignedCheckpoint, TileName, Trust, VerificationKey, WIDTH, leaf_hash, split,
};
use domain::{CustodyEvent, Digest, EventKind, TenantId, canonical};

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place, from 0.
    pub index: u64,
    /// Its leaf hash.
    pub leaf: Digest,
    /// What it tells.
    pub event: CustodyEvent,
}

/// Every entry of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    leaves: Vec<Digest>,
    /// Those that could be read, in order.
    pub entries: Vec<Entry>,
}

/// An earlier checkpoint that the reader kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since(pub Vec<u8>);

/// What reads tiles, what names them for people, and where problems go.
pub struct LogFiles<'a> {
    /// The bytes of a tile or bundle, or why there are none.
    pub read: &'a dyn Fn(TileName) -> Result<Vec<u8>, String>,
    /// Its name in a problem.
    pub name: &'a dyn Fn(TileName) -> String,
}

impl History {
    /// Reads the log of `tenant` with `size` entries. Every tile is read, and what does not fit is added to `problems`.
    pub fn read(tenant: &TenantId, size: u64, files: &LogFiles<'_>, problems: &mut Vec<Problem>) -> Self {
        let mut history = Self::default();
        for name in TileName::entries_of(size) {
            if !history.take(tenant, name, files, problems) {
                break;
            }
        }
        if history.leaves.len() as u64 == size {
            history.check_tiles(files, problems);
        }
        history.check_names(problems);
        history
    }

    // Whether the bundle is there and has as many entries as it has to: after one that has not, nothing is where it belongs.
    fn take(&mut self, tenant: &TenantId, name: TileName, files: &LogFiles<'_>, problems: &mut Vec<Problem>) -> bool {
        let bytes = match (files.read)(name) {
            Ok(bytes) => bytes,
            Err(reason) => {
                problems.push(Problem { what: (files.name)(name), message: reason });
                return false;
            }
        };
        let mut wrong = |message: String| problems.push(Problem { what: (files.name)(name), message });
        let entries = match split(&bytes) {
            Ok(entries) => entries,
            Err(error) => {
                wrong(error.to_string());
                return false;
            }
        };
        let is_whole = entries.len() as u64 == name.width;
        if !is_whole {
            wrong(format!(
                "it has to hold {} entries and holds {}: entries were removed or added",
                name.width,
                entries.len()
            ));
        }
        for entry in entries {
            let index = self.leaves.len() as u64;
            let leaf = leaf_hash(entry);
            self.leaves.push(leaf);
            match event(tenant, entry) {
                Ok(event) => self.entries.push(Entry { index, leaf, event }),
                Err(message) => problems.push(Problem { what: format!("entry {index} of the log"), message }),
            }
        }
        is_whole
    }

    // Level by level: the hashes that the entries give, against those that the tiles hold.
    fn check_tiles(&self, files: &LogFiles<'_>, problems: &mut Vec<Problem>) {
        let mut hashes = self.leaves.clone();
        for level in 0_u8.. {
            let mut above = Vec::new();
            for (index, tile) in (0_u64..).zip(hashes.chunks(WIDTH_OF_TILE)) {
                let name = TileName { level: Some(level), index, width: tile.len() as u64 };
                if let Some(problem) = check_tile(name, tile, files) {
                    problems.push(problem);
                }
                if name.is_full() {
                    let mut root = Frontier::default();
                    tile.iter().for_each(|hash| root.push(*hash));
                    above.push(root.root());
                }
            }
            if above.is_empty() {
                return;
            }
            hashes = above;
        }
    }

    // A change has one event: one that stands twice was put there.
    fn check_names(&self, problems: &mut Vec<Problem>) {
        let mut seen = std::collections::BTreeMap::new();
        for entry in &self.entries {
            if let Some(first) = seen.insert(entry.event.name(), entry.index) {
                let message = format!("it tells of {} again, as entry {first} did", entry.event.name());
                problems.push(Problem { what: format!("entry {} of the log", entry.index), message });
            }
        }
    }

    /// How many entries were read.
    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// The leaf hash of an entry.
    pub fn leaf(&self, index: u64) -> Option<Digest> {
        self.leaves.get(usize::try_from(index).ok()?).copied()
    }

    /// The root over the first `size` entries; none when there are fewer.
    pub fn root_at(&self, size: u64) -> Option<Digest> {
        let leaves = self.leaves.get(..usize::try_from(size).ok()?)?;
        let mut root = Frontier::default();
        leaves.iter().for_each(|leaf| root.push(*leaf));
        Some(root.root())
    }

    /// The keys that `trusted` ones handed over to: each by an event of the log below a checkpoint that a trusted key signed, and that is a
    /// checkpoint of this log. `handed_over` are the checkpoints that were signed while a key was handed over.
    pub fn keys(&self, trusted: &[VerificationKey], handed_over: &[Vec<u8>]) -> Vec<VerificationKey> {
        let mut keys = trusted.to_vec();
        let checkpoints: Vec<SignedCheckpoint> =
            handed_over.iter().filter_map(|note| SignedCheckpoint::read(note).ok()).collect();
        loop {
            let trust = Trust { keys: keys.clone(), witnesses: Vec::new() };
            let signed = checkpoints.iter().filter_map(|note| note.open(&trust).ok());
            let own = signed.filter(|opened| self.root_at(opened.checkpoint.size) == Some(opened.checkpoint.root));
            let upto = own.map(|opened| opened.checkpoint.size).max().unwrap_or(0);
            let new: Vec<VerificationKey> = self.rotations(upto).filter(|key| !keys.contains(key)).collect();
            if new.is_empty() {
                return keys;
            }
            keys.extend(new);
        }
    }

    fn rotations(&self, upto: u64) -> impl Iterator<Item = VerificationKey> {
        self.entries.iter().filter(move |entry| entry.index < upto).filter_map(|entry| match &entry.event.kind {
            EventKind::KeyRotated { from: Some(_), to } => to.parse().ok(),
            _ => None,
        })
    }

    /// Whether the root that a checkpoint signs is the one of these entries; otherwise what is wrong.
    pub fn check_root(&self, opened: &Opened) -> Result<(), String> {
        let (size, expected) = (opened.checkpoint.size, opened.checkpoint.root);
        match self.root_at(size) {
            Some(found) if found == expected => Ok(()),
            Some(found) => Err(LogError::Root { size, expected, found }.to_string()),
            None => Err(format!("it is signed for {size} entries, and {} are here", self.size())),
        }
    }

    /// Whether these entries go on from the checkpoint that the reader kept: its size, or what is wrong.
    pub fn check_since(&self, since: &Since, trust: &Trust) -> Result<u64, String> {
        let note = SignedCheckpoint::read(&since.0).map_err(|error| error.to_string())?;
        let kept = note.open(trust).map_err(|error| error.to_string())?.checkpoint;
        match self.root_at(kept.size) {
            None => Err(format!(
                "the log had {} entries when that checkpoint was kept and has {} now: entries were removed",
                kept.size,
                self.size()
            )),
            Some(found) if found == kept.root => Ok(kept.size),
            Some(_) => Err(format!(
                "the first {} entries are not those that the log had when that checkpoint was kept: it was rewritten, and both are signed",
                kept.size
            )),
        }
    }
}

#[expect(clippy::as_conversions, reason = "256 is the same number in every type")]
const WIDTH_OF_TILE: usize = WIDTH as usize;

fn event(tenant: &TenantId, entry: &[u8]) -> Result<CustodyEvent, String> {
    let event: CustodyEvent =
        serde_json::from_slice(entry).map_err(|error| format!("it is no custody event: {error}"))?;
    let written = canonical::to_bytes(&event).map_err(|error| error.to_string())?;
    if event.format != CustodyEvent::FORMAT || written != entry {
        return Err("it is not written as Exhibit writes a custody event".to_owned());
    }
    if event.tenant == *tenant { Ok(event) } else { Err(format!("it is an event of {}", event.tenant)) }
}

fn check_tile(name: TileName, expected: &[Digest], files: &LogFiles<'_>) -> Option<Problem> {
    let what = (files.name)(name);
    let bytes = match (files.read)(name) {
        Ok(bytes) => bytes,
        Err(message) => return Some(Problem { what, message }),
    };
    let (found, rest) = bytes.as_chunks::<32>();
    if found.len() != expected.len() || !rest.is_empty() {
        let message = format!("it has to hold {} hashes and is {} bytes long", expected.len(), bytes.len());
        return Some(Problem { what, message });
    }
    let differs = expected.iter().zip(found).position(|(expected, found)| expected.as_bytes() != found)?;
    let index = name.index * WIDTH + differs as u64;
    let problem = match name.level {
        Some(0) => Problem {
            what: format!("entry {index} of the log"),
            message: format!("it is not the entry whose hash stands in {what}: one of the two was changed"),
        },
        _ => Problem { what, message: format!("its hash {differs} is not the one of the tile below") },
    };
    Some(problem)
}
