//! Writing a bundle as one file.

use std::io::{self, Seek, Write};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// Writes an archive, member by member, in the order of their names. The same members give the same bytes.
pub struct Packer<W: Write + Seek> {
    zip: ZipWriter<W>,
    last: Option<String>,
}

impl<W: Write + Seek> Packer<W> {
    /// Begins an archive.
    pub fn new(out: W) -> Self {
        Self { zip: ZipWriter::new(out), last: None }
    }

    /// Adds a member. Fails when it does not come after the one before.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if self.last.as_deref().is_some_and(|last| last >= name) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{name} comes too late: members are in order"),
            ));
        }
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(0o644)
            .large_file(bytes.len() as u64 >= u64::from(u32::MAX));
        self.zip.start_file(name, options).map_err(io::Error::other)?;
        self.last = Some(name.to_owned());
        self.zip.write_all(bytes)
    }

    /// Ends the archive and gives what it was written to.
    pub fn finish(self) -> io::Result<W> {
        let mut out = self.zip.finish().map_err(io::Error::other)?;
        out.flush()?;
        Ok(out)
    }
}
