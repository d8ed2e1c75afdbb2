//! What the tests share: queries from short notations, documents read back, the public vectors.
#![allow(dead_code, reason = "each test program uses a part of it")]

use catalog::{FileFormat, QueryColumn, SourceQuery};
use collecting::{CollectError, Limits, Request, write_evidence};
use domain::{
    Actor, ControlId, Digest, QueryName, Slot, SourceId, TenantId,
    evidence::{self, Cell, Collector, Column, ColumnKind, EvidenceHeader, RawFile},
};
use std::{collections::BTreeMap, path::PathBuf};

/// Columns as `name:kind`, `name:kind=from`; `?` behind the name when it may be absent.
pub fn query(format: FileFormat, rows: Option<&str>, columns: &[&str]) -> SourceQuery {
    SourceQuery {
        name: QueryName::new("a-query").unwrap(),
        version: 1,
        answers: "What a test asks.".into(),
        question: catalog::Question::Files,
        fills: None,
        format,
        rows: rows.map(|path| path.parse().unwrap()),
        null: vec!["N/A".into()],
        columns: columns.iter().map(|column| declared(column)).collect(),
        text: "text".into(),
        digest: Digest::of(b"text"),
    }
}

fn declared(notation: &str) -> QueryColumn {
    let (name, rest) = notation.split_once(':').unwrap();
    let (kind, from) = rest.split_once('=').unwrap_or((rest, name.trim_end_matches('?')));
    let kind: ColumnKind = serde_json::from_value(kind.into()).unwrap();
    let column = Column { kind, name: name.trim_end_matches('?').to_lowercase().replace(' ', "_") };
    QueryColumn { column, from: from.into(), required: !name.ends_with('?'), redact: None }
}

pub fn slot() -> Slot {
    Slot {
        tenant: TenantId::new("acme").unwrap(),
        control: ControlId::new("a-control").unwrap(),
        source: SourceId::new("a-source").unwrap(),
        period: "2026-07-01".parse().unwrap(),
    }
}

pub fn raw(name: &str, bytes: impl Into<Vec<u8>>) -> RawFile {
    RawFile { name: name.into(), bytes: bytes.into() }
}

pub fn document(query: &SourceQuery, raw: &[RawFile], limits: Limits) -> Result<Vec<u8>, CollectError> {
    let (slot, executed_by) = (slot(), Actor::new("a-test").unwrap());
    let request = Request {
        slot: &slot,
        query,
        endpoint: "files:test",
        parameters: &BTreeMap::from([("files_1".to_owned(), "*".to_owned())]),
        collector: &Collector { name: "collect-test".into(), version: "1".into() },
        source_count: None,
        executed_at: "2026-07-02T03:00:00Z".parse().unwrap(),
        executed_by: &executed_by,
        limits,
    };
    write_evidence(Vec::new(), &request, raw).map(|written| written.out)
}

/// The rows of the document that `raw` becomes. The document has to be canonical and to hold the raw bytes.
pub fn rows(query: &SourceQuery, raw: &[RawFile]) -> Result<Vec<Vec<Cell>>, CollectError> {
    let document = document(query, raw, Limits::default())?;
    assert_eq!(domain::canonical::from_json(&document).unwrap(), document);
    let mut kept = evidence::read_raw(&document).unwrap();
    kept.sort_by(|one, other| one.name.cmp(&other.name));
    let mut given = raw.to_vec();
    given.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(kept, given);
    Ok(read(&document).1)
}

pub fn read(document: &[u8]) -> (EvidenceHeader, Vec<Vec<Cell>>) {
    let mut rows = Vec::new();
    let header = evidence::read(document, |_, cells| {
        rows.push(cells);
        Ok::<(), String>(())
    });
    (header.unwrap(), rows)
}

pub fn refusal(query: &SourceQuery, raw: &[RawFile]) -> String {
    let error = rows(query, raw).unwrap_err();
    assert_eq!(error.failure(), domain::Failure::InvalidInput, "{error}");
    error.to_string()
}

pub fn texts(rows: &[Vec<Cell>]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

/// A folder of the public data, or none, said on one line.
pub fn public(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(folder);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is absent", path.display());
    None
}

/// The files of a folder of the public data whose names end so, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<RawFile> {
    let Some(path) = public(folder) else { return Vec::new() };
    let mut files: Vec<RawFile> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .map(|path| raw(path.file_name().unwrap().to_str().unwrap(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}
