//! Bundles of entries (c2sp.org/tlog-tiles): each entry after its length in two bytes, the greater first.

use crate::LogError;

/// The longest entry that a bundle can hold.
pub const LARGEST_ENTRY: usize = u16::MAX as usize;

/// Adds `entry` to a bundle.
pub fn bundle(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), LogError> {
    let length = u16::try_from(entry.len()).map_err(|_| LogError::TooLong(entry.len()))?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry);
    Ok(())
}

/// The entries of a bundle, in order.
pub fn split(mut bundle: &[u8]) -> Result<Vec<&[u8]>, LogError> {
    let cut = || LogError::malformed("bundle of entries", "it ends inside an entry");
    let mut entries = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or_else(cut)?;
        entries.push(entry);
        bundle = rest;
    }
    if bundle.is_empty() { Ok(entries) } else { Err(cut()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_splits_into_what_was_put_into_it() {
        let mut bytes = Vec::new();
        let long = vec![7; LARGEST_ENTRY];
        for entry in [&b"one"[..], b"", &long] {
            bundle(&mut bytes, entry).unwrap();
        }
        assert_eq!(&bytes[..5], b"\x00\x03one");
        assert_eq!(split(&bytes).unwrap(), [&b"one"[..], b"", &long]);
        assert_eq!(bundle(&mut bytes, &[0; LARGEST_ENTRY + 1]), Err(LogError::TooLong(65_536)));
        for cut in [1, 4, bytes.len() - 1] {
            assert!(split(&bytes[..cut]).is_err(), "{cut}");
        }
    }
}
