//! One text that names every file of a bundle, as `sha256sum` of GNU coreutils writes it: 64 digits, two spaces, the name, a newline.

use crate::layout::Part;
use domain::Digest;
use std::collections::BTreeMap;

/// The text over `parts`, in the order of their names. Evidence is named whether or not it is in the bundle.
pub fn sums(parts: &BTreeMap<String, Part>) -> String {
    let digest = |part: &Part| match part {
        Part::Object(artifact) => artifact.digest,
        Part::Bytes(bytes) => Digest::of(bytes),
    };
    parts.iter().map(|(name, part)| format!("{}  {name}\n", digest(part))).collect()
}
