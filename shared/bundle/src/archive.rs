//! A bundle as one file: a ZIP archive (APPNOTE 6.3) whose members are stored as they are, in the order of their names, without times.

use crate::{FileError, Files};
use std::{
    collections::BTreeMap,
    io::{self, Read, Seek, SeekFrom, Write},
    sync::Arc,
};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// Why something is no archive of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read at all.
    #[error("it is no ZIP archive that can be read: {0}")]
    Unreadable(String),
    /// It is written otherwise than Exhibit writes a bundle, so that programs could read different things from it.
    #[error("it is not written as Exhibit writes a bundle: {0}")]
    Foreign(String),
}

/// The bytes of an archive, read at any place: memory, or a file.
pub trait Bytes: Send + Sync {
    /// How many there are.
    fn length(&self) -> u64;

    /// Fills `buffer` from `offset` on, or fails.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

impl Bytes for Vec<u8> {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let from = usize::try_from(offset).ok().and_then(|offset| self.get(offset..));
        let there = from.and_then(|rest| rest.get(..buffer.len())).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(there);
        Ok(())
    }
}

/// An opened archive.
pub struct Archive<B> {
    bytes: Arc<B>,
    members: BTreeMap<String, Member>,
}

#[derive(Debug, Clone, Copy)]
struct Member {
    offset: u64,
    length: u64,
}

impl<B: Bytes> Archive<B> {
    /// Opens an archive and looks at its directory. Members are read when they are asked for.
    pub fn open(bytes: B) -> Result<Self, ArchiveError> {
        let bytes = Arc::new(bytes);
        let said = said_members(bytes.as_ref())?;
        let mut zip = ZipArchive::new(Cursor { bytes: Arc::clone(&bytes), at: 0 }).map_err(unreadable)?;
        let mut members = BTreeMap::new();
        for index in 0..zip.len() {
            let file = zip.by_index_raw(index).map_err(unreadable)?;
            let name = file.name().map_err(unreadable)?.into_owned();
            if file.compression() != CompressionMethod::Stored
                || file.encrypted()
                || file.compressed_size() != file.size()
            {
                return Err(ArchiveError::Foreign(format!("{name:?} is compressed or encrypted")));
            }
            let offset = file.data_start().ok_or_else(|| ArchiveError::Unreadable(format!("{name:?} is nowhere")))?;
            let member = Member { offset, length: file.size() };
            if offset.checked_add(member.length).is_none_or(|end| end > bytes.length()) {
                return Err(ArchiveError::Unreadable(format!("{name:?} ends outside")));
            }
            members.insert(name, member);
        }
        // The crate keeps the last of several members of one name; another program may keep the first.
        if members.len() as u64 != said {
            return Err(ArchiveError::Foreign(format!(
                "it says that it has {said} members and has {} names",
                members.len()
            )));
        }
        Ok(Self { bytes, members })
    }

    fn member(&self, name: &str) -> Result<Member, FileError> {
        self.members.get(name).copied().ok_or(FileError::Absent)
    }
}

impl<B: Bytes> Files for Archive<B> {
    fn names(&self) -> Result<Vec<String>, FileError> {
        Ok(self.members.keys().cloned().collect())
    }

    fn length(&self, name: &str) -> Result<u64, FileError> {
        Ok(self.member(name)?.length)
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, FileError> {
        let Member { offset, length } = self.member(name)?;
        let unreadable = |error: io::Error| FileError::Unreadable(error.to_string());
        let length = usize::try_from(length).map_err(|_| FileError::TooLarge(usize::MAX as u64))?;
        let mut buffer = vec![0; length];
        self.bytes.read_at(offset, &mut buffer).map_err(unreadable)?;
        Ok(buffer)
    }
}

/// How many members the end of the directory says there are (APPNOTE 4.3.14 and 4.3.16). Ours has no comment, so that it is at the very end.
fn said_members(bytes: &impl Bytes) -> Result<u64, ArchiveError> {
    let at_end = |back: u64, length: usize| -> Option<Vec<u8>> {
        let mut buffer = vec![0; length];
        bytes.read_at(bytes.length().checked_sub(back)?, &mut buffer).ok()?;
        Some(buffer)
    };
    let no_archive = || ArchiveError::Unreadable("its directory has no end".to_owned());
    let end = at_end(22, 22).filter(|end| end.starts_with(b"PK\x05\x06")).ok_or_else(no_archive)?;
    let short = end.get(10..12).and_then(|count| count.try_into().ok()).map_or(0, u16::from_le_bytes);
    if short != u16::MAX {
        return Ok(short.into());
    }
    // The locator of the larger end of the directory stands before the end, and that end before the locator.
    let end = at_end(22 + 20 + 56, 56).filter(|end| end.starts_with(b"PK\x06\x06")).ok_or_else(no_archive)?;
    Ok(end.get(32..40).and_then(|count| count.try_into().ok()).map_or(0, u64::from_le_bytes))
}

fn unreadable(error: ZipError) -> ArchiveError {
    ArchiveError::Unreadable(error.to_string())
}

/// Bytes as a stream, for the directory.
struct Cursor<B> {
    bytes: Arc<B>,
    at: u64,
}

impl<B: Bytes> Read for Cursor<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.bytes.length().saturating_sub(self.at)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let part = buffer.get_mut(..length).unwrap_or_default();
        self.bytes.read_at(self.at, part)?;
        self.at += length as u64;
        Ok(length)
    }
}

impl<B: Bytes> Seek for Cursor<B> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.length().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut packer = Packer::new(io::Cursor::new(Vec::new()));
        files.iter().for_each(|(name, bytes)| packer.add(name, bytes).unwrap());
        packer.finish().unwrap().into_inner()
    }

    #[test]
    fn an_archive_gives_what_was_put_in_and_is_the_same_each_time() {
        let files: [(&str, &[u8]); 3] = [("README.txt", b"text"), ("a/b.json", b"{}"), ("empty", b"")];
        let bytes = packed(&files);
        assert_eq!(bytes, packed(&files));
        let archive = Archive::open(bytes).unwrap();
        assert_eq!(archive.names().unwrap(), ["README.txt", "a/b.json", "empty"]);
        for (name, content) in files {
            assert_eq!(archive.read(name).unwrap(), content);
        }
        assert_eq!(archive.read("none"), Err(FileError::Absent));
    }

    #[test]
    fn more_members_than_a_small_directory_holds() {
        let names: Vec<String> = (0..70_000).map(|n| format!("{n:06}")).collect();
        let mut packer = Packer::new(io::Cursor::new(Vec::new()));
        names.iter().for_each(|name| packer.add(name, name.as_bytes()).unwrap());
        assert!(packer.add("000000", b"").is_err());
        let out = packer.finish().unwrap();
        let archive = Archive::open(out.into_inner()).unwrap();
        assert_eq!(archive.names().unwrap().len(), 70_000);
        assert_eq!(archive.read("069999").unwrap(), b"069999");
    }

    #[test]
    fn what_is_written_otherwise_is_refused() {
        let two = packed(&[("a", b"one"), ("b", b"two")]);
        // The same name twice.
        let twice: Vec<u8> = two.iter().map(|byte| if *byte == b'b' { b'a' } else { *byte }).collect();
        assert!(matches!(Archive::open(twice), Err(ArchiveError::Foreign(_) | ArchiveError::Unreadable(_))));
        let mut compressed = io::Cursor::new(Vec::new());
        let mut zip = ZipWriter::new(&mut compressed);
        zip.start_file("a", SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).unwrap();
        zip.write_all(&[7; 1000]).unwrap();
        zip.finish().unwrap();
        assert!(matches!(Archive::open(compressed.into_inner()), Err(ArchiveError::Foreign(_))));
        for cut in [0, 10, two.len() - 1] {
            assert!(Archive::open(two[..cut].to_vec()).is_err(), "{cut}");
        }
    }
}
