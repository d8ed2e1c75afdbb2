//! The files of a bundle, wherever they are: in an archive, in a folder.

use domain::{ArtifactReference, Digest};

/// Why a file of a bundle was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// A name that would lead elsewhere, or that no file of a bundle has.
    #[error("{0:?} is not the name of a file of a bundle")]
    Name(String),
    /// A file that has to be there.
    #[error("it is not there")]
    Absent,
    /// A file that is longer or shorter than it has to be.
    #[error("it has to be {expected} bytes long and is {found}")]
    Length {
        /// Its recorded length.
        expected: u64,
        /// Its length.
        found: u64,
    },
    /// A file that is larger than anything that is read here.
    #[error("it is larger than {0} bytes and was not read")]
    TooLarge(u64),
    /// A file that is not what its digest says.
    #[error("its SHA-256 has to be {expected} and is {found}")]
    Digest {
        /// The recorded digest.
        expected: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// It could not be read.
    #[error("{0}")]
    Unreadable(String),
}

/// The largest file that is read into memory.
const LARGEST: u64 = 2 << 30;

/// Files by name, read by several threads at once. There are an archive and a folder.
pub trait Files: Sync {
    /// The names of all files, in order.
    fn names(&self) -> Result<Vec<String>, FileError>;

    /// The length of a file in bytes.
    fn length(&self, name: &str) -> Result<u64, FileError>;

    /// The bytes of a file.
    fn bytes(&self, name: &str) -> Result<Vec<u8>, FileError>;

    /// `length` bytes of a file from `offset` on, or those that there are.
    fn part(&self, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, FileError> {
        let bytes = self.read(name)?;
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).min(bytes.len());
        let part = place(offset)..place(offset.saturating_add(length));
        Ok(bytes.get(part).unwrap_or_default().to_vec())
    }

    /// Whether there is anything under `name`.
    fn has(&self, name: &str) -> bool {
        !matches!(self.length(name), Err(FileError::Absent | FileError::Name(_)))
    }

    /// The bytes of a file that nobody told the length of.
    fn read(&self, name: &str) -> Result<Vec<u8>, FileError> {
        if self.length(name)? > LARGEST { Err(FileError::TooLarge(LARGEST)) } else { self.bytes(name) }
    }

    /// The bytes of a file, checked against its reference.
    fn expect(&self, name: &str, artifact: &ArtifactReference) -> Result<Vec<u8>, FileError> {
        match self.length(name)? {
            found if found != artifact.length => Err(FileError::Length { expected: artifact.length, found }),
            found if found > LARGEST => Err(FileError::TooLarge(LARGEST)),
            _ => checked(self.bytes(name)?, artifact.digest),
        }
    }
}

fn checked(bytes: Vec<u8>, expected: Digest) -> Result<Vec<u8>, FileError> {
    match Digest::of(&bytes) {
        found if found == expected => Ok(bytes),
        found => Err(FileError::Digest { expected, found }),
    }
}
