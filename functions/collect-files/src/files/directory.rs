//! Files below a directory.

use super::{Found, ROOT, pattern::Pattern, too_large};
use collecting::CollectError;
use domain::evidence::RawFile;
use std::{
    fs,
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

/// A directory. Nothing outside it is ever read: not through `..`, not through a link.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    pub(super) root: PathBuf,
}

impl Directory {
    /// The bytes of all `names`, in that order, of at most `limit` bytes together.
    pub(super) fn read_all(&self, names: &[String], limit: u64) -> Result<Vec<RawFile>, CollectError> {
        let mut left = limit;
        let mut files = Vec::with_capacity(names.len());
        for name in names {
            let bytes = self.read_within(name, left, limit)?;
            left -= bytes.len() as u64;
            files.push(RawFile { name: name.clone(), bytes });
        }
        Ok(files)
    }

    fn read_within(&self, name: &str, left: u64, limit: u64) -> Result<Vec<u8>, CollectError> {
        let unreadable = |error| CollectError::reading(name, error);
        let path = self.resolve(name)?;
        let length = fs::metadata(&path).map_err(unreadable)?.len();
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(left)).unwrap_or_default());
        // One byte more than allowed tells a file that is over, also one that grows while it is read.
        fs::File::open(&path)
            .and_then(|file| file.take(left.saturating_add(1)).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if bytes.len() as u64 > left {
            return Err(too_large(name, limit));
        }
        Ok(bytes)
    }

    /// The real path of a regular file that lies inside the root.
    fn resolve(&self, name: &str) -> Result<PathBuf, CollectError> {
        let path = self.resolve_any(name)?;
        let kind = fs::metadata(&path).map_err(|error| CollectError::reading(name, error))?.file_type();
        let what = match (kind.is_file(), kind.is_dir()) {
            (true, _) => return Ok(path),
            (_, true) => "a directory",
            _ => "a device, pipe or socket",
        };
        Err(CollectError::NotAFile { name: name.to_owned(), what })
    }

    fn resolve_any(&self, name: &str) -> Result<PathBuf, CollectError> {
        let outside = || CollectError::Outside { name: name.to_owned() };
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(outside());
        }
        let root = self.root.canonicalize().map_err(|error| CollectError::reading(ROOT, error))?;
        let path = root.join(name).canonicalize().map_err(|error| CollectError::reading(name, error))?;
        if path.starts_with(&root) { Ok(path) } else { Err(outside()) }
    }

    /// The files that match, in the order of their names.
    pub(super) fn matching(&self, pattern: &Pattern) -> Result<Vec<Found>, CollectError> {
        let mut found = Vec::new();
        if pattern.is_literal() {
            if self.exists(pattern.as_str())? {
                found.push(pattern.as_str().to_owned());
            }
        } else if pattern.folder().is_empty() || self.exists(pattern.folder())? {
            self.walk(pattern.folder(), pattern, &mut found)?;
        }
        // What cannot be measured cannot be read either, and reading it tells why.
        let length = |name: &str| fs::metadata(self.root.join(name)).map_or(0, |found| found.len());
        Ok(found.into_iter().map(|name| Found { length: length(&name), name }).collect())
    }

    fn exists(&self, name: &str) -> Result<bool, CollectError> {
        match self.resolve_any(name) {
            Ok(_) => Ok(true),
            Err(CollectError::Unavailable { source, .. }) if is_absence(&source) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn walk(&self, folder: &str, pattern: &Pattern, found: &mut Vec<String>) -> Result<(), CollectError> {
        for (name, kind) in self.entries(folder)? {
            if kind.is_dir() {
                if pattern.reaches_below(&name) {
                    self.walk(&name, pattern, found)?;
                }
            } else if pattern.matches(&name) && self.is_collectable(&name, kind)? {
                found.push(name);
            }
        }
        Ok(())
    }

    // A link to a file inside the root is that file; a link to a directory is not followed; any link outside is refused.
    fn is_collectable(&self, name: &str, kind: fs::FileType) -> Result<bool, CollectError> {
        if name.contains(char::REPLACEMENT_CHARACTER) && !self.root.join(name).exists() {
            return Err(CollectError::NotAFile { name: name.to_owned(), what: "named in bytes that are not UTF-8" });
        }
        Ok(!kind.is_symlink() || !self.resolve_any(name)?.is_dir())
    }

    fn entries(&self, folder: &str) -> Result<Vec<(String, fs::FileType)>, CollectError> {
        let unreadable = |error| CollectError::reading(if folder.is_empty() { ROOT } else { folder }, error);
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.root.join(folder)).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            entries.push((name, entry.file_type().map_err(unreadable)?));
        }
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(entries)
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
