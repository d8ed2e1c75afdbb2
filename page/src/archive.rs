//! The bytes of a file that stays where it is: an archive of some gigabytes fits into no browser's memory.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    sync::{Mutex, PoisonError},
};

/// A file, read at any place. Where it is read is the file's own: one at a time.
pub(crate) struct FileBytes {
    file: Mutex<File>,
    length: u64,
}

impl FileBytes {
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file: Mutex::new(file), length })
    }
}

impl bundle::Bytes for FileBytes {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }
}
