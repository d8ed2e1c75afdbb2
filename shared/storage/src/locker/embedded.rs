//! The Locker on a directory of read-only files. It makes tampering evident, not impossible.
//!
//! The crash story of `deposit`: (1) the bytes are written to a file in `incoming/` and synced; (2) that file is linked to
//! its place, which fails if the place is taken; (3) the folder is synced; (4) the lock's record is written. A crash before
//! (2) leaves a file in `incoming/` that nobody reads and the next `open` removes. A crash between (2) and (4) leaves an
//! object without a lock; nothing refers to it yet, because references are written after the answer, and the retry finds
//! equal bytes and writes the lock.

use super::{Content, Lock, Run, Spool, checked, is_inside};
use crate::{ArtifactKey, RecordKey, StorageError, Table, table};
use domain::{ArtifactReference, Digest, Timestamp};
use sha2::Digest as _;
use std::{
    fs::{self, File},
    io::{self, Read, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

// A condition that fails means that somebody else changed the lock; each look sees a later state.
const LOOKS: usize = 100;

// A directory keeps one version of an object: its first.
const VERSION: &str = "1";

#[derive(Debug, Clone)]
pub(super) struct Directory {
    objects: PathBuf,
    incoming: PathBuf,
    drafts: PathBuf,
    locks: Table,
}

impl Directory {
    pub(super) fn open(root: &Path, locks: Table) -> Result<Self, StorageError> {
        let folder = |name: &str| {
            let path = root.join(name);
            fs::create_dir_all(&path).map_err(|error| StorageError::unavailable("locker.open", error))?;
            Ok(path)
        };
        let directory =
            Self { objects: folder("objects")?, incoming: folder("incoming")?, drafts: folder("drafts")?, locks };
        directory.sweep();
        Ok(directory)
    }

    // What a dead process left behind is not locked by anybody.
    fn sweep(&self) {
        for entry in fs::read_dir(&self.incoming).into_iter().flatten().flatten() {
            if File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
                drop(fs::remove_file(entry.path()));
            }
        }
    }

    pub(super) fn spool(&self) -> Result<Spool, StorageError> {
        let made = || -> io::Result<Spool> {
            // Another process that opens just now may sweep the file before it is locked: then make another.
            loop {
                let spool = Spool::new_in(&self.incoming)?;
                spool.as_file().lock()?;
                if spool.path().exists() {
                    return Ok(spool);
                }
            }
        };
        made().map_err(|error| StorageError::unavailable("locker.spool", error))
    }

    pub(super) async fn deposit(
        &self,
        key: &ArtifactKey,
        content: Content<'_>,
        retain_until: Timestamp,
    ) -> Result<ArtifactReference, StorageError> {
        let artifact = ArtifactReference {
            key: key.to_string(),
            version: VERSION.to_owned(),
            digest: content.digest(),
            length: content.length(),
        };
        let place = self.objects.join(key.as_str());
        self.place(&place, content, &artifact.key)?;
        self.put_lock(Lock { artifact, retain_until, legal_hold: false }).await
    }

    fn place(&self, place: &Path, content: Content<'_>, key: &str) -> Result<(), StorageError> {
        let failed = |error: io::Error| StorageError::unavailable(&format!("locker.deposit of {key}"), error);
        let written;
        let spool = match content {
            Content::Spooled { spool, .. } => spool,
            Content::Memory(bytes) => {
                written = self.spool()?;
                written.as_file().write_all(bytes).map_err(failed)?;
                &written
            }
        };
        let linked = || -> io::Result<()> {
            set_read_only(spool.as_file())?;
            spool.as_file().sync_all()?;
            let parent = place.parent().unwrap_or(&self.objects);
            fs::create_dir_all(parent)?;
            let linked = fs::hard_link(spool.path(), place);
            // Also when the place was taken: whoever took it may have died before this.
            parent.ancestors().take_while(|folder| folder.starts_with(&self.objects)).try_for_each(sync_folder)?;
            linked
        };
        match linked() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => compare(place, content.digest(), key),
            other => other.map_err(failed),
        }
    }

    // The object's reference: the first lock's, whose version is another one when the object was adopted.
    async fn put_lock(&self, lock: Lock) -> Result<ArtifactReference, StorageError> {
        let body = table::body(&lock.key(), &lock)?;
        match self.locks.put_new(lock.key(), body).await {
            Err(StorageError::Changed { .. }) => {
                self.extend_at_least(&lock.artifact, lock.retain_until).await?;
                Ok(self.required_lock(&lock.artifact).await?.0.artifact)
            }
            other => other.map(|()| lock.artifact),
        }
    }

    // Several may deposit the same bytes at once, and each may want another end: look again until nobody was in between.
    async fn change_lock(
        &self,
        artifact: &ArtifactReference,
        change: impl Fn(Lock) -> Option<Lock>,
    ) -> Result<(), StorageError> {
        for _ in 0..LOOKS {
            let (kept, version) = self.required_lock(artifact).await?;
            let Some(changed) = change(kept) else { return Ok(()) };
            match self.swap_lock(changed, version).await {
                Err(StorageError::Changed { .. }) => {}
                other => return other,
            }
        }
        Err(StorageError::unavailable("locker", format!("others kept changing the lock of {}", artifact.key)))
    }

    async fn extend_at_least(&self, artifact: &ArtifactReference, until: Timestamp) -> Result<(), StorageError> {
        self.change_lock(artifact, |kept| (kept.retain_until < until).then_some(Lock { retain_until: until, ..kept }))
            .await
    }

    async fn swap_lock(&self, lock: Lock, version: u64) -> Result<(), StorageError> {
        self.locks.swap(lock.key(), version, table::body(&lock.key(), &lock)?).await
    }

    async fn required_lock(&self, artifact: &ArtifactReference) -> Result<(Lock, u64), StorageError> {
        let key = RecordKey::lock(&artifact.key);
        let record = self.locks.get(&key).await?;
        let record = record.ok_or_else(|| StorageError::NotFound { key: key.to_string() })?;
        Ok((record.read()?, record.version))
    }

    pub(super) async fn lock_of(&self, key: &str) -> Result<Option<Lock>, StorageError> {
        self.locks.get(&RecordKey::lock(key)).await?.map(|record| record.read()).transpose()
    }

    pub(super) async fn set_hold(&self, artifact: &ArtifactReference, legal_hold: bool) -> Result<(), StorageError> {
        self.change_lock(artifact, |kept| (kept.legal_hold != legal_hold).then_some(Lock { legal_hold, ..kept })).await
    }

    pub(super) async fn extend(&self, artifact: &ArtifactReference, until: Timestamp) -> Result<(), StorageError> {
        let (kept, _) = self.required_lock(artifact).await?;
        if until < kept.retain_until {
            let reason = format!("it is locked until {} and a lock is never shortened", kept.retain_until);
            return Err(StorageError::Locked { key: artifact.key.clone(), reason });
        }
        self.extend_at_least(artifact, until).await
    }

    pub(super) async fn fetch(&self, artifact: &ArtifactReference) -> Result<Vec<u8>, StorageError> {
        let ArtifactReference { key, version, .. } = artifact;
        let place = self.objects.join(key);
        if !is_inside(key) || !(version == VERSION || self.is_adopted(artifact).await?) {
            return Err(StorageError::NotFound { key: format!("version {version:?} of {key}") });
        }
        let bytes = tokio::task::spawn_blocking(move || read_plain(&place)).await;
        let bytes = bytes.map_err(io::Error::other).and_then(|read| read).map_err(|error| absent(key, &error))?;
        checked(artifact, &bytes)?;
        Ok(bytes)
    }

    // A copy of another store's object has the version that it has there.
    async fn is_adopted(&self, artifact: &ArtifactReference) -> Result<bool, StorageError> {
        Ok(self.lock_of(&artifact.key).await?.is_some_and(|lock| lock.artifact.version == artifact.version))
    }

    pub(super) async fn adopt(
        &self,
        artifact: &ArtifactReference,
        bytes: &[u8],
        retain_until: Timestamp,
    ) -> Result<(), StorageError> {
        if !is_inside(&artifact.key) {
            return Err(StorageError::NotFound { key: artifact.key.clone() });
        }
        if let Some(kept) = self.lock_of(&artifact.key).await?.filter(|kept| kept.artifact != *artifact) {
            let reason =
                format!("version {:?} of it with SHA-256 {} is kept here", kept.artifact.version, kept.artifact.digest);
            return Err(StorageError::Conflict { key: artifact.key.clone(), reason });
        }
        self.place(&self.objects.join(&artifact.key), Content::Memory(bytes), &artifact.key)?;
        let lock = Lock { artifact: artifact.clone(), retain_until, legal_hold: false };
        self.put_lock(lock).await.map(drop)
    }

    pub(super) async fn link(&self, artifact: &ArtifactReference, _valid: Duration) -> Result<String, StorageError> {
        let place = self.objects.join(&artifact.key);
        let place = place.canonicalize().map_err(|error| absent(&artifact.key, &error))?;
        Ok(format!("file://{}", place.display()))
    }

    pub(super) async fn keys(&self) -> Result<Vec<String>, StorageError> {
        let mut found = Found::default();
        let walked = walk(&self.objects, &self.objects, &mut found);
        walked.map_err(|error| StorageError::unavailable("locker.keys", error))?;
        found.files.sort();
        Ok(found.files)
    }

    pub(super) async fn foreign(&self) -> Result<Vec<String>, StorageError> {
        let mut found = Found::default();
        let walked = walk(&self.objects, &self.objects, &mut found);
        walked.map_err(|error| StorageError::unavailable("locker.foreign", error))?;
        found.foreign.sort();
        Ok(found.foreign)
    }

    pub(super) async fn measure(&self, key: &str) -> Result<(Digest, u64), StorageError> {
        measure(&self.objects.join(key)).map_err(|error| absent(key, &error))
    }

    pub(super) async fn damaged_drafts(&self) -> Result<Vec<String>, StorageError> {
        let mut found = Found::default();
        let walked = walk(&self.drafts, &self.drafts, &mut found);
        walked.map_err(|error| StorageError::unavailable("locker.damaged_drafts", error))?;
        let mut keys = found.files;
        keys.retain(|key| {
            let named = key.rsplit('/').next().and_then(|name| name.parse::<Digest>().ok());
            let found = measure(&self.drafts.join(key)).ok().map(|(digest, _)| digest);
            named.is_none() || named != found
        });
        keys.sort();
        Ok(keys)
    }

    pub(super) async fn put_draft(&self, run: Run<'_>, content: Content<'_>) -> Result<Digest, StorageError> {
        let (digest, place) = (content.digest(), self.draft(run, content.digest()));
        let key = format!("draft {digest}");
        match self.place(&place, content, &key) {
            // What is there is not what its name says: a draft is not evidence, so it is made again.
            Err(StorageError::Conflict { .. }) => {
                fs::remove_file(&place).map_err(|error| StorageError::unavailable("locker.put_draft", error))?;
                self.place(&place, content, &key)?;
            }
            placed => placed?,
        }
        Ok(digest)
    }

    pub(super) async fn read_draft(&self, run: Run<'_>, digest: Digest) -> Result<Vec<u8>, StorageError> {
        let key = format!("draft {digest}");
        let bytes = fs::read(self.draft(run, digest)).map_err(|error| absent(&key, &error))?;
        match Digest::of(&bytes) {
            found if found == digest => Ok(bytes),
            found => Err(StorageError::Mismatch { key, expected: digest, found }),
        }
    }

    pub(super) async fn remove_drafts(&self, run: Run<'_>) -> Result<(), StorageError> {
        match fs::remove_dir_all(self.drafts_of(run)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StorageError::unavailable("locker.remove_drafts", error))
            }
            _ => Ok(()),
        }
    }

    fn drafts_of(&self, run: Run<'_>) -> PathBuf {
        self.drafts.join(run.tenant.as_str()).join(run.run_id.as_str())
    }

    fn draft(&self, run: Run<'_>, digest: Digest) -> PathBuf {
        self.drafts_of(run).join(digest.to_string())
    }
}

fn absent(key: &str, error: &io::Error) -> StorageError {
    match error.kind() {
        io::ErrorKind::NotFound => StorageError::NotFound { key: key.to_owned() },
        _ => StorageError::unavailable(&format!("locker.fetch of {key}"), error),
    }
}

fn read_plain(place: &Path) -> io::Result<Vec<u8>> {
    if fs::symlink_metadata(place)?.is_file() { fs::read(place) } else { Err(io::ErrorKind::NotFound.into()) }
}

fn compare(place: &Path, expected: Digest, key: &str) -> Result<(), StorageError> {
    match measure(place).map_err(|error| absent(key, &error))? {
        (found, _) if found == expected => Ok(()),
        (found, _) => {
            let reason = format!("the SHA-256 of what is there is {found}, of what was to be kept {expected}");
            Err(StorageError::Conflict { key: key.to_owned(), reason })
        }
    }
}

fn measure(place: &Path) -> io::Result<(Digest, u64)> {
    let mut file = File::open(place)?;
    let (mut state, mut length, mut buffer) = (sha2::Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((Digest::from_state(state), length));
        }
        state.update(buffer.get(..count).unwrap_or_default());
        length += count as u64;
    }
}

fn set_read_only(file: &File) -> io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)
}

// A new folder or file is only there after a power cut if the folder that names it was synced.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// What is below a folder, by key.
#[derive(Default)]
struct Found {
    files: Vec<String>,
    foreign: Vec<String>,
}

// Nothing but plain files is opened: a pipe would never answer, and a link leads to bytes that somebody else can change.
fn walk(root: &Path, folder: &Path, found: &mut Found) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, metadata) = (entry.path(), entry.metadata()?);
        let key = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        if metadata.is_dir() {
            walk(root, &path, found)?;
        } else if metadata.is_file() {
            found.files.push(key.clone());
        }
        if !metadata.is_dir() && (!metadata.is_file() || !metadata.permissions().readonly()) {
            found.foreign.push(key);
        }
    }
    Ok(())
}
