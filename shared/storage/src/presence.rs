//! Who is alive on this machine.
//!
//! Each process holds a file lock for as long as it lives; the system frees it when the process ends, however it ends.
//! A lease whose holder is dead need not be waited for. On AWS nobody can know, and the lease's end decides alone.

use crate::StorageError;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The announcement of this process, and the means to ask after others.
#[derive(Debug, Clone)]
pub struct Presence {
    name: String,
    announced: Option<Announced>,
}

/// Where processes of one machine announce themselves. There is no such place between machines.
#[derive(Debug, Clone)]
struct Announced {
    directory: PathBuf,
    held: Arc<File>,
}

impl Presence {
    /// Announces this process below `directory`. The announcement ends with the last clone.
    pub(crate) fn announce(directory: &Path) -> Result<Self, StorageError> {
        let directory = directory.join("alive");
        let failed = |error: std::io::Error| StorageError::unavailable("presence.announce", error);
        fs::create_dir_all(&directory).map_err(failed)?;
        // A sweep of another process may take the file between its making and its locking: then make another.
        for _ in 0..16 {
            let named = tempfile::Builder::new().prefix("p").tempfile_in(&directory).map_err(failed)?;
            let (held, path) = named.keep().map_err(|error| failed(error.error))?;
            held.lock().map_err(failed)?;
            if path.exists() {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                return Ok(Self { name, announced: Some(Announced { directory, held: Arc::new(held) }) });
            }
        }
        Err(StorageError::unavailable("presence.announce", "other processes keep removing the announcement"))
    }

    /// A holder that nobody can ask after, and who can ask after nobody: leases end by their time alone.
    #[cfg(feature = "aws")]
    pub(crate) fn unannounced(name: String) -> Self {
        Self { name, announced: None }
    }

    /// The name under which this process holds leases.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the holder of a lease is known to be dead. `owner` is a name, or a name followed by `/` and anything.
    pub fn is_dead(&self, owner: &str) -> bool {
        let name = owner.split('/').next().unwrap_or_default();
        let Some(Announced { directory, .. }) = &self.announced else { return false };
        self.is_of_another(name) && !matches!(hold(directory, name), Held::ByAnother)
    }

    /// Removes the announcements of dead processes.
    pub fn sweep(&self) {
        let Some(Announced { directory, .. }) = &self.announced else { return };
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            // Held while it is removed: who announces itself just now waits for the lock and then finds its file gone.
            if let (true, Held::ByUs(_held)) = (self.is_of_another(&name), hold(directory, &name)) {
                drop(fs::remove_file(entry.path()));
            }
        }
    }

    fn is_of_another(&self, name: &str) -> bool {
        name != self.name && name.starts_with('p') && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }
}

fn hold(directory: &Path, name: &str) -> Held {
    match OpenOptions::new().write(true).open(directory.join(name)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Held::Gone,
        Err(_) => Held::ByAnother,
        Ok(file) => match file.try_lock() {
            Ok(()) => Held::ByUs(file),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => Held::ByAnother,
        },
    }
}

/// Who holds an announcement.
enum Held {
    ByUs(File),
    ByAnother,
    Gone,
}

impl Drop for Presence {
    fn drop(&mut self) {
        let Some(Announced { directory, held }) = &self.announced else { return };
        if Arc::strong_count(held) == 1 {
            drop(fs::remove_file(directory.join(&self.name)));
        }
    }
}
