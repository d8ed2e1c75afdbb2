//! A bundle on this machine: a folder, as `exhibit download` writes it, or an archive, as `exhibit bundle` does. What is checked is `bundle`'s; here
//! is the file system.

mod archive_file;
mod folder;

pub use archive_file::ArchiveFile;
pub use folder::{Folder, FolderError};

use bundle::{Archive, FileError, Files};
use std::path::Path;

/// A bundle, opened.
pub enum Received {
    /// A folder.
    Folder(Folder),
    /// One file.
    Archive(Archive<ArchiveFile>),
}

impl Received {
    /// Opens the folder or file at `path`.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        if path.is_dir() {
            return Folder::open(path).map(Self::Folder);
        }
        let file = ArchiveFile::open(path).map_err(FolderError::file(path))?;
        let archive = Archive::open(file).map_err(|source| FolderError::Archive { path: path.to_owned(), source })?;
        Ok(Self::Archive(archive))
    }
}

impl Files for Received {
    fn names(&self) -> Result<Vec<String>, FileError> {
        match self {
            Received::Folder(folder) => folder.names(),
            Received::Archive(archive) => archive.names(),
        }
    }

    fn length(&self, name: &str) -> Result<u64, FileError> {
        match self {
            Received::Folder(folder) => folder.length(name),
            Received::Archive(archive) => archive.length(name),
        }
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, FileError> {
        match self {
            Received::Folder(folder) => folder.bytes(name),
            Received::Archive(archive) => archive.bytes(name),
        }
    }

    fn part(&self, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, FileError> {
        match self {
            Received::Folder(folder) => folder.part(name, offset, length),
            Received::Archive(archive) => archive.part(name, offset, length),
        }
    }
}

impl Files for Folder {
    fn names(&self) -> Result<Vec<String>, FileError> {
        self.files().map_err(of_file)
    }

    fn length(&self, name: &str) -> Result<u64, FileError> {
        self.length_of(name).map_err(of_file)
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, FileError> {
        self.bytes_of(name).map_err(of_file)
    }
}

fn of_file(error: FolderError) -> FileError {
    match error {
        FolderError::Name(name) => FileError::Name(name),
        FolderError::Absent => FileError::Absent,
        other => FileError::Unreadable(other.to_string()),
    }
}
