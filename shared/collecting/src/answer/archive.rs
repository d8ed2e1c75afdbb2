//! Files that come compressed: .gz (RFC 1952) and .zip (APPNOTE 6.3), told by their first bytes, not by their names.
//!
//! What comes out is bounded, because a few kilobytes can hold gigabytes of zeros. Archives in archives are refused.

use crate::{CollectError, Limits};
use domain::evidence::RawFile;
use flate2::read::MultiGzDecoder;
use std::{
    borrow::Cow,
    io::{Cursor, Read},
};
use zip::ZipArchive;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZIP: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];

/// Below this many bytes no ratio is suspicious: 1 MiB.
const UNSUSPICIOUS: u64 = 1 << 20;

/// What the parts of one slot may still unpack to.
pub(crate) struct Allowance {
    limits: Limits,
    left: u64,
}

/// One plain file: as it was, or out of an archive.
pub(crate) struct Part<'a> {
    /// The file's name, or `archive.zip: member.json`.
    pub(crate) name: Cow<'a, str>,
    pub(crate) bytes: Cow<'a, [u8]>,
}

type OnPart<'a> = &'a mut dyn FnMut(Part<'_>) -> Result<(), CollectError>;

impl Allowance {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, left: limits.unpacked_bytes }
    }

    fn read(&mut self, name: &str, packed: u64, from: impl Read) -> Result<Vec<u8>, CollectError> {
        let by_ratio = packed.saturating_mul(self.limits.unpacked_ratio).max(UNSUSPICIOUS);
        let allowed = by_ratio.min(self.left);
        let mut bytes = Vec::new();
        from.take(allowed.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| damaged(name, error))?;
        let length = bytes.len() as u64;
        if length <= allowed {
            self.left -= length;
            return Ok(bytes);
        }
        let Limits { unpacked_bytes, unpacked_ratio } = self.limits;
        let reason = match by_ratio < self.left {
            true => {
                format!("it unpacks to more than {unpacked_ratio} times its size; give it unpacked if it is genuine")
            }
            false => format!("the files of one slot may unpack to {unpacked_bytes} bytes together; split the period"),
        };
        Err(CollectError::TooLarge { name: name.to_owned(), reason })
    }
}

/// Gives the plain files that `file` holds to `on_part`, one at a time: itself, or its members in the order of their names.
pub(crate) fn each_part(file: &RawFile, allowance: &mut Allowance, on_part: OnPart<'_>) -> Result<(), CollectError> {
    let bytes = file.bytes.as_slice();
    if bytes.starts_with(GZIP) {
        let content = allowance.read(&file.name, bytes.len() as u64, MultiGzDecoder::new(bytes))?;
        on_part(plain(Cow::Borrowed(&file.name), Cow::Owned(content))?)
    } else if is_zip(bytes) {
        each_member(file, allowance, on_part)
    } else {
        on_part(Part { name: Cow::Borrowed(&file.name), bytes: Cow::Borrowed(bytes) })
    }
}

fn each_member(file: &RawFile, allowance: &mut Allowance, on_part: OnPart<'_>) -> Result<(), CollectError> {
    let broken = |error| damaged(&file.name, error);
    let mut archive = ZipArchive::new(Cursor::new(file.bytes.as_slice())).map_err(broken)?;
    // Two readers of one archive have to see the same members: overlapping, hidden and repeated ones are refused.
    archive.validate_header_consistency().map_err(broken)?;
    let mut members = member_names(&file.name, &mut archive)?;
    members.sort();
    if members.is_empty() {
        return Err(damaged(&file.name, "it holds no file"));
    }
    for (member, index) in members {
        let name = format!("{}: {member}", file.name);
        let member = archive.by_index(index).map_err(|error| damaged(&name, error))?;
        let content = allowance.read(&name, member.compressed_size(), member)?;
        on_part(plain(Cow::Owned(name), Cow::Owned(content))?)?;
    }
    Ok(())
}

type Members<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn member_names(file: &str, archive: &mut Members<'_>) -> Result<Vec<(String, usize)>, CollectError> {
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(|error| damaged(file, error))?;
        if member.is_file() {
            names.push((member.name().map_err(|error| damaged(file, error))?.into_owned(), index));
        } else if !member.is_dir() {
            return Err(damaged(file, "it holds a link; pack the files themselves"));
        }
    }
    Ok(names)
}

fn plain<'a>(name: Cow<'a, str>, bytes: Cow<'a, [u8]>) -> Result<Part<'a>, CollectError> {
    if bytes.starts_with(GZIP) || is_zip(&bytes) {
        return Err(damaged(&name, "it holds another archive; unpack it once and give what is inside"));
    }
    Ok(Part { name, bytes })
}

fn is_zip(bytes: &[u8]) -> bool {
    ZIP.iter().any(|start| bytes.starts_with(start))
}

fn damaged(file: &str, reason: impl ToString) -> CollectError {
    CollectError::Archive { file: file.to_owned(), reason: reason.to_string() }
}
