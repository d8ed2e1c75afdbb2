//! `sources/<id>.toml`

use super::{
    document::{Document, Members},
    pattern,
};
use crate::{Access, Source};
use domain::SourceId;
use std::collections::BTreeSet;
use toml::Spanned;

pub(super) fn read<'a>(document: &mut Document<'a>, stem: &str) -> Option<Source> {
    let mut members = document.members()?;
    let id = members.required::<SourceId>(document, "id");
    if let Some(id) = &id {
        document.same_name(id, stem);
    }
    let title = members.words(document, "title");
    let access = access(document, &mut members);
    // The members of a collector that is not known cannot be judged.
    if access.is_some() {
        members.finish(document);
    }
    Some(Source { id: id?.value, title: title?, access: access? })
}

fn access<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<Access> {
    let collector = members.required::<String>(document, "collector")?;
    match collector.value.as_str() {
        "files" => Some(Access::Files { files: files(document, members) }),
        other => {
            document.problem(collector.at, format!("there is no collector {other:?}: the collectors are \"files\""));
            None
        }
    }
}

fn files<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Vec<String> {
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
