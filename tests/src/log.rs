//! A log with nothing around it: events are recorded, sealed, and everything that is kept is computed again.

use crate::copy_folder;
use custody_log::{Edge, Frontier, SigningKey, TileName, Trust, leaf_hash};
use domain::{Actor, CustodyEvent, EventKind, TenantId, Timestamp};
use jiff::SignedDuration;
use seal::{SealError, Sealed, Settled, Signer};
use std::path::{Path, PathBuf};
use storage::{FaultHook, RecordKey, Storage, Write};

/// A store in a folder, and the one tenant whose log it keeps.
pub struct LogWorld {
    /// Where it is kept.
    pub folder: PathBuf,
    /// Whose log.
    pub tenant: TenantId,
    _temporary: Option<tempfile::TempDir>,
}

/// The instant `seconds` after the beginning of these tests.
pub fn at(seconds: i64) -> Timestamp {
    let begin: Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
    begin + SignedDuration::from_secs(seconds)
}

/// Whoever acts.
pub fn actor() -> Actor {
    "tester@acme.example".parse().unwrap()
}

/// The key with this number; always the same.
pub fn signer(number: u8) -> Signer {
    Signer::File(SigningKey::new("acme.example/exhibit", [number; 32]).unwrap())
}

/// Checkpoints that one of `signers` signed.
pub fn trust(signers: &[Signer]) -> Trust {
    Trust { keys: signers.iter().map(Signer::key).collect(), witnesses: Vec::new() }
}

impl LogWorld {
    /// A new store, in a folder that goes with it.
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("custody");
        Self { _temporary: Some(temporary), ..Self::at(&folder) }
    }

    /// The store in a folder that stays.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), tenant: "acme".parse().unwrap(), _temporary: None }
    }

    /// A copy of everything that is kept. Nobody may have it open.
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        copy_folder(&self.folder, &copy.folder);
        copy
    }

    /// Opens the store.
    pub fn open(&self) -> Storage {
        self.open_with_faults(FaultHook::none())
    }

    /// Opens the store with faults.
    pub fn open_with_faults(&self, hook: FaultHook) -> Storage {
        Storage::embedded_with_faults(&self.folder, hook).unwrap()
    }

    /// An event that is like no other.
    pub fn event(&self, name: &str, at: Timestamp) -> CustodyEvent {
        let subject = actor();
        let kind = EventKind::RoleChanged { token: name.to_owned(), subject, roles: Vec::new(), until: None };
        CustodyEvent::new(self.tenant.clone(), actor(), at, kind)
    }

    /// Records one event; once this returns, the store has answered.
    pub async fn record(&self, storage: &Storage, name: &str, at: Timestamp) {
        let change = self.event(name, at).kind;
        storage.custodian.change_role(&self.tenant, &actor(), change, at).await.unwrap();
    }

    /// Records the events `<prefix>-<number>`, a second after another, a hundred at once.
    pub async fn record_many(&self, storage: &Storage, prefix: &str, numbers: std::ops::Range<i64>) {
        let put = |number: i64| {
            let event = self.event(&format!("{prefix}-{number:05}"), at(number));
            let key = RecordKey::event(&self.tenant, event.recorded_at, &event.name());
            let body = String::from_utf8(domain::canonical::to_bytes(&event).unwrap()).unwrap();
            Write::PutNew { key, body }
        };
        let writes: Vec<Write> = numbers.map(put).collect();
        for chunk in writes.chunks(100) {
            storage.table.transact(chunk.to_vec()).await.unwrap();
        }
    }

    /// Seals at `now` with the first key.
    pub async fn seal(&self, storage: &Storage, now: Timestamp) -> Result<Sealed, SealError> {
        seal::seal(storage, &self.tenant, &actor(), &[signer(1)], Settled::HERE, now).await
    }

    /// Every entry of the log that the newest checkpoint is of, once everything about it was computed again: the root from the entries,
    /// every tile that is kept from the entries. Whatever was broken off, this much holds at every moment.
    pub async fn published(&self, storage: &Storage, signers: &[Signer]) -> Vec<Vec<u8>> {
        let opened = seal::open_checkpoint(storage, &self.tenant, &trust(signers)).await.unwrap();
        let Some(opened) = opened else { return Vec::new() };
        let size = opened.checkpoint.size;
        let entries = seal::entries(storage, &self.tenant, size, (0, size)).await.unwrap();
        let mut frontier = Frontier::default();
        entries.iter().for_each(|entry| frontier.push(leaf_hash(entry)));
        assert_eq!((frontier.size(), frontier.root()), (size, opened.checkpoint.root));
        self.check_tiles(storage, &entries).await;
        entries
    }

    async fn check_tiles(&self, storage: &Storage, entries: &[Vec<u8>]) {
        let size = entries.len() as u64;
        let prefix = format!("{}/log/", self.tenant);
        let keys = storage.locker.keys().await.unwrap();
        let kept: Vec<TileName> = keys
            .iter()
            .filter_map(|key| key.strip_prefix(&prefix))
            .filter(|name| name.starts_with("tile/"))
            .map(|name| name.parse().unwrap())
            .collect();
        for needed in TileName::entries_of(size).chain(TileName::hashes_of(size)) {
            assert!(kept.contains(&needed), "{needed} of {size} entries is absent");
        }
        for name in kept {
            let covered = (name.index * custody_log::WIDTH + name.width) << (8 * u32::from(name.level.unwrap_or(0)));
            // A tile of a batch that is committed and not published yet is looked at when it is.
            if covered <= size {
                let whole = Edge::default().append(entries[..covered as usize].iter().map(Vec::as_slice)).unwrap();
                let expected = whole.tiles.into_iter().find(|(made, _)| *made == name).unwrap().1;
                assert!(seal::tile(storage, &self.tenant, name).await.unwrap() == expected, "{name}");
            }
        }
    }

    /// As [`Self::published`], of a log that nobody is at: nothing waits, nothing is half done. The events, in the order of the log.
    pub async fn audit(&self, storage: &Storage, signers: &[Signer]) -> Vec<CustodyEvent> {
        let (head, _) = storage.custodian.log_head(&self.tenant).await.unwrap().unwrap();
        assert_eq!(storage.custodian.waiting_events(&self.tenant).await.unwrap(), []);
        assert_eq!((head.stored.size, head.stored.root, head.pending.len()), (head.size, head.root, 0));
        let entries = self.published(storage, signers).await;
        assert_eq!(entries.len() as u64, head.size);
        let events: Vec<CustodyEvent> = entries.iter().map(|entry| serde_json::from_slice(entry).unwrap()).collect();
        let mut names: Vec<String> = events.iter().map(CustodyEvent::name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), events.len(), "an event is in the log twice");
        events
    }
}

impl Default for LogWorld {
    fn default() -> Self {
        Self::new()
    }
}
