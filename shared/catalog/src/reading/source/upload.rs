//! Documents that people hand in.

use crate::{
    UploadAccess,
    reading::document::{Document, Members},
};
use domain::DocumentType;

// Documents stand in the evidence of their source, which holds 512 MB of raw answers: several have to fit.
const LARGEST_MEGABYTES: u32 = 100;

pub(super) fn read<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<UploadAccess> {
    let types = members.required::<Vec<DocumentType>>(document, "types");
    let largest = members.required::<u32>(document, "largest_megabytes");
    let (types, largest) = (types?, largest?);
    if types.value.is_empty() {
        document.problem(types.at, "\"types\" is empty: name one at least");
    }
    if !(1..=LARGEST_MEGABYTES).contains(&largest.value) {
        document.problem(largest.at, format!("a document may have 1 to {LARGEST_MEGABYTES} megabytes"));
    }
    let mut types = types.value;
    types.sort_unstable();
    types.dedup();
    Some(UploadAccess { types, largest_megabytes: largest.value })
}
