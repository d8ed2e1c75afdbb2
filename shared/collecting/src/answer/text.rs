//! Bytes as UTF-8 text.

use crate::{CollectError, Place};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a file, without the byte order mark that some programs put first.
pub(crate) fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, CollectError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let reason = "this is not UTF-8; export the file as UTF-8".to_owned();
            let place = Place::Line(1 + newlines(valid));
            Err(CollectError::Malformed { file: file.to_owned(), place, reason })
        }
    }
}

/// The line of `text` on which its slice `part` begins, the first being 1; none when it is no slice of it.
pub(crate) fn line_of(text: &str, part: &str) -> Option<u64> {
    let before = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    text.as_bytes().get(..before).map(|before| 1 + newlines(before))
}

pub(crate) fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
