//! The Locker on a directory of read-only files. It makes tampering evident, not impossible.
//!
//! The crash story of `deposit`: (1) the bytes are written to a file in `incoming/` and synced; (2) that file is linked to
//! its place, which fails if the place is taken; (3) the folder is synced; (4) the lock's record is written. A crash before
//! (2) leaves a file in `incoming/` that nobody reads and the next `open` removes. A crash between (2) and (4) leaves an
//! object without a lock; nothing refers to it yet, because references are written after the answer, and the retry finds
//! equal bytes and writes the lock.

use super::{Content, Lock, Spool};
use crate::{ArtifactKey, RecordKey, StorageError, Table, table};
use domain::{ArtifactReference, Digest, TenantId, Timestamp};
use sha2::Digest as _;
use std::{
    fs::{self, File},
    io::{self, Read, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

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
        self.put_lock(Lock { artifact: artifact.clone(), retain_until, legal_hold: false }).await?;
        Ok(artifact)
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
            create_folders(&self.objects, parent)?;
            fs::hard_link(spool.path(), place)?;
            File::open(parent)?.sync_all()
        };
        match linked() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => compare(place, content.digest(), key),
            other => other.map_err(failed),
        }
    }

    async fn put_lock(&self, lock: Lock) -> Result<(), StorageError> {
        let body = table::body(&lock.key(), &lock)?;
        match self.locks.put_new(lock.key(), body).await {
            Err(StorageError::Changed { .. }) => self.extend_at_least(&lock.artifact, lock.retain_until).await,
            other => other,
        }
    }

    async fn extend_at_least(&self, artifact: &ArtifactReference, until: Timestamp) -> Result<(), StorageError> {
        let (kept, version) = self.required_lock(artifact).await?;
        if kept.retain_until >= until {
            return Ok(());
        }
        self.swap_lock(Lock { retain_until: until, ..kept }, version).await
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
        let (kept, version) = self.required_lock(artifact).await?;
        if kept.legal_hold == legal_hold {
            return Ok(());
        }
        self.swap_lock(Lock { legal_hold, ..kept }, version).await
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
        let ArtifactReference { key, version, digest, .. } = artifact;
        let place = self.objects.join(key);
        if version != VERSION || !is_inside(key) {
            return Err(StorageError::NotFound { key: format!("version {version:?} of {key}") });
        }
        let bytes = tokio::task::spawn_blocking(move || fs::read(place)).await;
        let bytes = bytes.map_err(io::Error::other).and_then(|read| read).map_err(|error| absent(key, &error))?;
        match Digest::of(&bytes) {
            found if found == *digest => Ok(bytes),
            found => Err(StorageError::Mismatch { key: key.clone(), expected: *digest, found }),
        }
    }

    pub(super) async fn link(&self, artifact: &ArtifactReference, _valid: Duration) -> Result<String, StorageError> {
        let place = self.objects.join(&artifact.key);
        let place = place.canonicalize().map_err(|error| absent(&artifact.key, &error))?;
        Ok(format!("file://{}", place.display()))
    }

    pub(super) async fn keys(&self) -> Result<Vec<String>, StorageError> {
        let mut keys = Vec::new();
        let walked = walk(&self.objects, &self.objects, &mut keys);
        walked.map_err(|error| StorageError::unavailable("locker.keys", error))?;
        keys.sort();
        Ok(keys)
    }

    pub(super) async fn measure(&self, key: &str) -> Result<(Digest, u64), StorageError> {
        measure(&self.objects.join(key)).map_err(|error| absent(key, &error))
    }

    pub(super) fn damaged_drafts(&self) -> Result<Vec<String>, StorageError> {
        let mut keys = Vec::new();
        let walked = walk(&self.drafts, &self.drafts, &mut keys);
        walked.map_err(|error| StorageError::unavailable("locker.damaged_drafts", error))?;
        keys.retain(|key| {
            let named = key.rsplit('/').next().and_then(|name| name.parse::<Digest>().ok());
            let found = measure(&self.drafts.join(key)).ok().map(|(digest, _)| digest);
            named.is_none() || named != found
        });
        keys.sort();
        Ok(keys)
    }

    pub(super) async fn put_draft(&self, tenant: &TenantId, content: Content<'_>) -> Result<Digest, StorageError> {
        let digest = content.digest();
        self.place(&self.draft(tenant, digest), content, &format!("draft {digest}"))?;
        Ok(digest)
    }

    pub(super) async fn read_draft(&self, tenant: &TenantId, digest: Digest) -> Result<Vec<u8>, StorageError> {
        let key = format!("draft {digest}");
        let bytes = fs::read(self.draft(tenant, digest)).map_err(|error| absent(&key, &error))?;
        match Digest::of(&bytes) {
            found if found == digest => Ok(bytes),
            found => Err(StorageError::Mismatch { key, expected: digest, found }),
        }
    }

    pub(super) async fn remove_draft(&self, tenant: &TenantId, digest: Digest) -> Result<(), StorageError> {
        match fs::remove_file(self.draft(tenant, digest)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StorageError::unavailable("locker.remove_draft", error))
            }
            _ => Ok(()),
        }
    }

    fn draft(&self, tenant: &TenantId, digest: Digest) -> PathBuf {
        self.drafts.join(tenant.as_str()).join(digest.to_string())
    }
}

// A reference comes out of a record; one that leads out of the directory is not ours.
fn is_inside(key: &str) -> bool {
    key.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

fn absent(key: &str, error: &io::Error) -> StorageError {
    match error.kind() {
        io::ErrorKind::NotFound => StorageError::NotFound { key: key.to_owned() },
        _ => StorageError::unavailable(&format!("locker.fetch of {key}"), error),
    }
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

// A new folder is only there after a power cut if the folder that names it was synced.
fn create_folders(root: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let named_in = folder.ancestors().skip(1).take_while(|ancestor| ancestor.starts_with(root));
    named_in.into_iter().try_for_each(|ancestor| File::open(ancestor)?.sync_all())
}

fn walk(root: &Path, folder: &Path, keys: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(root, &entry.path(), keys)?;
        } else if let Ok(relative) = entry.path().strip_prefix(root) {
            keys.push(relative.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"));
        }
    }
    Ok(())
}
