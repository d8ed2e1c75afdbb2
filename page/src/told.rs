//! Files whose reading is told.

use bundle::{FileError, Files};
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Files that were read; evidence is read twice, to check it and to make the report again.
    pub read: u64,
    /// Files that there are.
    pub of: u64,
}

/// Files, and who is told whenever one is read.
pub(crate) struct Told<'a, F> {
    files: F,
    read: AtomicU64,
    of: u64,
    tell: &'a (dyn Fn(Progress) + Sync),
}

impl<'a, F: Files> Told<'a, F> {
    pub(crate) fn new(files: F, tell: &'a (dyn Fn(Progress) + Sync)) -> Result<Self, FileError> {
        let of = files.names()?.len() as u64;
        Ok(Self { files, read: AtomicU64::new(0), of, tell })
    }
}

impl<F: Files> Files for Told<'_, F> {
    fn names(&self) -> Result<Vec<String>, FileError> {
        self.files.names()
    }

    fn length(&self, name: &str) -> Result<u64, FileError> {
        self.files.length(name)
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, FileError> {
        let read = self.read.fetch_add(1, Ordering::Relaxed) + 1;
        (self.tell)(Progress { read, of: self.of });
        self.files.bytes(name)
    }
}
