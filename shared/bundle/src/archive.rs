//! Reading a bundle that is one file: a ZIP archive (APPNOTE 6.3) whose members are stored as they are, in the order of their names, without times.
//!
//! It is read here and not by a library: what is written otherwise than Exhibit writes it has to be refused, since programs could read different
//! things from it, and one row of a bundle of 100,000 members has to be found without opening each.

use crate::{FileError, Files};
use std::{io, ops::Range};

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
    bytes: B,
    directory: Vec<u8>,
    /// In the order of their names.
    members: Vec<Member>,
}

/// Where a member begins, with its own header, how long its content is, and where its name stands in the directory.
#[derive(Debug, Clone)]
struct Member {
    name: Range<usize>,
    header: u64,
    length: u64,
}

const LOCAL: u64 = 30;

impl<B: Bytes> Archive<B> {
    /// Opens an archive and reads its directory. Members are read when they are asked for.
    pub fn open(bytes: B) -> Result<Self, ArchiveError> {
        let end = End::read(&bytes)?;
        let directory = read(&bytes, end.offset, end.length)?;
        let (mut at, mut last) = (0, "");
        let mut members = Vec::new();
        while let Some(rest) = directory.get(at..).filter(|rest| !rest.is_empty()) {
            let (name, member, length) = entry(at, rest)?;
            if !members.is_empty() && last >= name {
                return Err(ArchiveError::Foreign(format!("{name:?} is there twice, or not in its order")));
            }
            members.push(member);
            (at, last) = (at + length, name);
        }
        match members.len() as u64 == end.members {
            true => Ok(Self { bytes, directory, members }),
            false => Err(foreign("it counts other members than it names")),
        }
    }

    fn name(&self, member: &Member) -> &[u8] {
        self.directory.get(member.name.clone()).unwrap_or_default()
    }

    fn member(&self, name: &str) -> Result<&Member, FileError> {
        let found = self.members.binary_search_by(|member| self.name(member).cmp(name.as_bytes()));
        found.ok().and_then(|index| self.members.get(index)).ok_or(FileError::Absent)
    }

    // Where the content of a member begins. Its own header has to name it too: another program may go by that.
    fn content(&self, name: &str, member: &Member) -> Result<u64, FileError> {
        let named = name.len() as u64;
        let own = read(&self.bytes, member.header, LOCAL + named).map_err(unread)?;
        let (Some(head), Some(there)) = (own.get(..30), own.get(30..)) else { return Err(FileError::Absent) };
        if !head.starts_with(b"PK\x03\x04") || u64::from(number16(head, 26)) != named || there != name.as_bytes() {
            return Err(FileError::Unreadable("its own header names another file".to_owned()));
        }
        Ok(member.header + LOCAL + named + u64::from(number16(head, 28)))
    }
}

fn unread(error: ArchiveError) -> FileError {
    FileError::Unreadable(error.to_string())
}

impl<B: Bytes> Files for Archive<B> {
    fn names(&self) -> Result<Vec<String>, FileError> {
        Ok(self.members.iter().map(|member| String::from_utf8_lossy(self.name(member)).into_owned()).collect())
    }

    fn length(&self, name: &str) -> Result<u64, FileError> {
        Ok(self.member(name)?.length)
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, FileError> {
        let member = self.member(name)?;
        read(&self.bytes, self.content(name, member)?, member.length).map_err(unread)
    }

    fn part(&self, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, FileError> {
        let member = self.member(name)?;
        let length = member.length.saturating_sub(offset).min(length);
        read(&self.bytes, self.content(name, member)?.saturating_add(offset), length).map_err(unread)
    }
}

/// Where the directory is, and what it counts (APPNOTE 4.3.14 to 4.3.16). Ours has no comment, so that its end is the archive's.
struct End {
    members: u64,
    length: u64,
    offset: u64,
}

impl End {
    fn read(bytes: &impl Bytes) -> Result<Self, ArchiveError> {
        let at_end = |back: u64, length: u64| {
            let offset = bytes.length().checked_sub(back).ok_or_else(|| unreadable("it is too short"))?;
            read(bytes, offset, length)
        };
        let end = at_end(22, 22)?;
        if !end.starts_with(b"PK\x05\x06") {
            return Err(unreadable("its directory has no end, or something comes after it"));
        }
        let (members, length, offset) = (number16(&end, 10), number32(&end, 12), number32(&end, 16));
        if members != u16::MAX && length != u32::MAX && offset != u32::MAX {
            return Ok(Self { members: members.into(), length: length.into(), offset: offset.into() });
        }
        // The larger end stands before its locator, and that before the end.
        let end = at_end(22 + 20 + 56, 56)?;
        if !end.starts_with(b"PK\x06\x06") {
            return Err(unreadable("its directory has no larger end"));
        }
        Ok(Self { members: number64(&end, 32), length: number64(&end, 40), offset: number64(&end, 48) })
    }
}

/// The entry of the directory that stands at `at` (APPNOTE 4.3.12): its name, its member, and its own length.
fn entry(at: usize, directory: &[u8]) -> Result<(&str, Member, usize), ArchiveError> {
    let cut = || unreadable("its directory ends inside an entry");
    let (head, rest) = directory.split_at_checked(46).ok_or_else(cut)?;
    if !head.starts_with(b"PK\x01\x02") {
        return Err(unreadable("its directory holds something else"));
    }
    let (named, rest) = rest.split_at_checked(number16(head, 28).into()).ok_or_else(cut)?;
    let (extra, rest) = rest.split_at_checked(number16(head, 30).into()).ok_or_else(cut)?;
    let (_, rest) = rest.split_at_checked(number16(head, 32).into()).ok_or_else(cut)?;
    let name = str::from_utf8(named).map_err(|_| foreign("a name is not UTF-8"))?;
    let (method, flags) = (number16(head, 10), number16(head, 8));
    let mut large = Large { extra: large_extra(extra) };
    let length = large.or(number32(head, 24)).ok_or_else(cut)?;
    let compressed = large.or(number32(head, 20)).ok_or_else(cut)?;
    let header = large.or(number32(head, 42)).ok_or_else(cut)?;
    if method != 0 || flags & 1 != 0 || compressed != length {
        return Err(ArchiveError::Foreign(format!("{name:?} is compressed or encrypted")));
    }
    let member = Member { name: at + head.len()..at + head.len() + name.len(), header, length };
    Ok((name, member, directory.len() - rest.len()))
}

/// The numbers of an entry that do not fit into four bytes, in their order (APPNOTE 4.5.3).
struct Large<'a> {
    extra: &'a [u8],
}

impl Large<'_> {
    fn or(&mut self, number: u32) -> Option<u64> {
        if number != u32::MAX {
            return Some(number.into());
        }
        let (first, rest) = self.extra.split_first_chunk::<8>()?;
        self.extra = rest;
        Some(u64::from_le_bytes(*first))
    }
}

fn large_extra(mut extra: &[u8]) -> &[u8] {
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let Some((content, after)) = rest.split_at_checked(number16(head, 2).into()) else { return &[] };
        if number16(head, 0) == 1 {
            return content;
        }
        extra = after;
    }
    &[]
}

fn read(bytes: &impl Bytes, offset: u64, length: u64) -> Result<Vec<u8>, ArchiveError> {
    if offset.checked_add(length).is_none_or(|end| end > bytes.length()) {
        return Err(unreadable("it ends too soon"));
    }
    let length = usize::try_from(length).map_err(|_| unreadable("it is too large for this machine"))?;
    let mut buffer = vec![0; length];
    bytes.read_at(offset, &mut buffer).map_err(|error| unreadable(&error.to_string()))?;
    Ok(buffer)
}

fn number16(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn number32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn number64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn unreadable(reason: &str) -> ArchiveError {
    ArchiveError::Unreadable(reason.to_owned())
}

fn foreign(reason: &str) -> ArchiveError {
    ArchiveError::Foreign(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Packer;
    use std::io::Write as _;
    use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

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
        assert_eq!(archive.part("README.txt", 1, 2).unwrap(), b"ex");
        assert_eq!(archive.part("README.txt", 3, 9).unwrap(), b"t");
        assert_eq!(archive.part("README.txt", 9, 9).unwrap(), b"");
    }

    #[test]
    fn other_programs_read_the_same() {
        let bytes = packed(&[("a", b"one"), ("b/c", b"two")]);
        let mut zip = ZipArchive::new(io::Cursor::new(bytes)).unwrap();
        for (name, content) in [("a", "one"), ("b/c", "two")] {
            assert_eq!(io::read_to_string(zip.by_name(name).unwrap()).unwrap(), content);
        }
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
