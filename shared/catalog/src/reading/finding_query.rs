//! `queries/<name>.sql`

use super::document::{Document, Placed};
use crate::FindingQuery;
use domain::{Digest, QueryName};
use std::collections::BTreeMap;

/// The lines `-- name: …`, `-- version: …` and `-- answers: …` before the statement.
struct Header<'a> {
    lines: BTreeMap<&'a str, Placed<&'a str>>,
    /// Where the statement starts.
    end: usize,
}

const MEMBERS: [&str; 3] = ["name", "version", "answers"];

pub(super) fn read<'a>(document: &mut Document<'a>, stem: &str) -> Option<FindingQuery> {
    let header = header(document);
    let name = required(document, &header, "name").and_then(|line| name(document, line, stem));
    let version = required(document, &header, "version").and_then(|line| version(document, line));
    let answers = required(document, &header, "answers").map(|line| line.value.to_owned());
    let statement = document.text.get(header.end..).unwrap_or_default();
    if statement.trim().is_empty() {
        document.problem(header.end, "there is no SELECT behind the header");
    }
    Some(FindingQuery {
        name: name?,
        version: version?,
        answers: answers?,
        text: document.text.to_owned(),
        digest: Digest::of(document.text.as_bytes()),
    })
}

fn header<'a>(document: &mut Document<'a>) -> Header<'a> {
    let mut header = Header { lines: BTreeMap::new(), end: 0 };
    let mut twice = Vec::new();
    for line in document.text.split_inclusive('\n') {
        let Some(comment) = line.strip_prefix("--").or_else(|| line.trim().is_empty().then_some("")) else { break };
        if let Some((member, value)) = comment.split_once(':').filter(|(member, _)| MEMBERS.contains(&member.trim())) {
            let line = Placed { at: header.end, value: value.trim() };
            if header.lines.insert(member.trim(), line).is_some() {
                twice.push((header.end, member.trim()));
            }
        }
        header.end += line.len();
    }
    for (at, member) in twice {
        document.problem(at, format!("the header says {member:?} twice: remove one"));
    }
    header
}

fn required<'h, 'a>(document: &mut Document<'a>, header: &'h Header<'a>, member: &str) -> Option<&'h Placed<&'a str>> {
    let line = header.lines.get(member).filter(|line| !line.value.is_empty());
    if line.is_none() {
        let at = header.lines.get(member).map_or(0, |line| line.at);
        document.problem(at, format!("the header line \"-- {member}: ...\" is missing or says nothing"));
    }
    line
}

fn name(document: &mut Document<'_>, line: &Placed<&str>, stem: &str) -> Option<QueryName> {
    match QueryName::new(line.value) {
        Ok(name) => {
            document.same_name(&Placed { at: line.at, value: &name }, stem);
            Some(name)
        }
        Err(error) => {
            document.problem(line.at, error.to_string());
            None
        }
    }
}

fn version(document: &mut Document<'_>, line: &Placed<&str>) -> Option<u32> {
    let version = line.value.parse().ok().filter(|version| *version > 0);
    if version.is_none() {
        document.problem(line.at, format!("{:?} is not a version: write a whole number from 1", line.value));
    }
    version
}
