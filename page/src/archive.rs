//! The bytes of a file that stays where it is: an archive of some gigabytes fits into no browser's memory.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
};

/// A file, read at any place.
pub(crate) struct FileBytes {
    file: File,
    length: u64,
}

impl FileBytes {
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }
}

impl bundle::Bytes for FileBytes {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }
}
