//! Files that a source delivers.

use crate::reading::{
    document::{Document, Members},
    pattern,
};
use std::collections::BTreeSet;
use toml::Spanned;

pub(super) fn read<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Vec<String> {
    let Some(list) = members.required::<Vec<Spanned<String>>>(document, "files") else { return Vec::new() };
    if list.value.is_empty() {
        document.problem(list.at, "\"files\" is empty: name one pattern at least");
    }
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    for file in list.value {
        let (at, text) = (file.span().start, file.into_inner());
        if let Err(why) = pattern::check(&text) {
            document.problem(at, format!("the file pattern {text:?} cannot be used: {why}"));
        }
        if !seen.insert(text.clone()) {
            document.problem(at, format!("the file pattern {text:?} is there twice: remove one"));
        }
        files.push(text);
    }
    files
}
