//! The file of a database: inside the sources' root, and the same before and after it was read.

use crate::ask::Ask;
use collecting::CollectError;
use rusqlite::{Connection, OpenFlags};
use std::{
    fs,
    io::Read as _,
    path::{Component, Path, PathBuf},
    time::{Duration, SystemTime},
};

/// A file that was found.
pub(super) struct File {
    name: String,
    path: PathBuf,
    /// Its length and when it was changed.
    state: (u64, Option<SystemTime>),
    /// Whether it is one that nobody has open: SQLite then makes no files beside it.
    is_at_rest: bool,
}

const BUSY: Duration = Duration::from_secs(5);
// Bytes 18 and 19 of a file say how it is written and read: 2 with a write-ahead log (<https://www.sqlite.org/fileformat.html>).
const HEADER: usize = 20;
const WITH_LOG: [u8; 2] = [2, 2];

impl File {
    /// The file called `name` below `root`: not through `..`, not through a link that leads outside.
    pub(super) fn find(root: &Path, name: &str) -> Result<Self, CollectError> {
        let outside = || CollectError::Outside { name: name.to_owned() };
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(outside());
        }
        let unreadable = |error| CollectError::reading(name, error);
        let root = root.canonicalize().map_err(|error| CollectError::reading("the sources' root", error))?;
        let path = root.join(name).canonicalize().map_err(unreadable)?;
        if !path.starts_with(&root) {
            return Err(outside());
        }
        let found = fs::metadata(&path).map_err(unreadable)?;
        if !found.is_file() {
            return Err(CollectError::NotAFile { name: name.to_owned(), what: "no regular file" });
        }
        let is_at_rest = has_log(&path).map_err(unreadable)? && !is_open(&path);
        Ok(Self { name: name.to_owned(), state: (found.len(), found.modified().ok()), is_at_rest, path })
    }

    /// Opens it, for reading only.
    pub(super) fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        // A file with a write-ahead log would get two more beside it: where nobody writes, none is needed.
        let immutable = if self.is_at_rest { "&immutable=1" } else { "" };
        let uri = format!("file:{}?mode=ro{immutable}", escaped(&self.path));
        let connection = Connection::open_with_flags(uri, flags)?;
        connection.busy_timeout(BUSY)?;
        Ok(connection)
    }

    /// Refuses a file that was read as one that nobody writes, and was written meanwhile.
    pub(super) fn refuse_change(&self, ask: &Ask) -> Result<(), CollectError> {
        if !self.is_at_rest {
            return Ok(());
        }
        let now = fs::metadata(&self.path).map_err(|error| CollectError::reading(&self.name, error))?;
        match (now.len(), now.modified().ok()) == self.state && !is_open(&self.path) {
            true => Ok(()),
            false => Err(ask.unanswered("the file was written while it was read: ask again, or deliver a copy")),
        }
    }
}

fn has_log(path: &Path) -> std::io::Result<bool> {
    let mut header = Vec::with_capacity(HEADER);
    fs::File::open(path)?.take(HEADER as u64).read_to_end(&mut header)?;
    Ok(header.ends_with(&WITH_LOG) && header.len() == HEADER)
}

// Whoever closes a file with a log last removes the log.
fn is_open(path: &Path) -> bool {
    let mut beside = path.as_os_str().to_owned();
    beside.push("-wal");
    Path::new(&beside).exists()
}

/// A path as it stands in a URI.
fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}
