//! PPL and ES|QL: a text that is answered by one table of columns and rows.

use crate::{
    gathered::{Document, Gathered, Rows},
    limits::{self, Cuts},
    reading::{at, count, count_or_none, is_true, list, text},
    text::fill,
};
use catalog::{FileFormat, LogsEngine, Template};
use collecting::{CollectError, Json};
use domain::evidence::RawFile;
use http_source::{Call, CallBody, Conversation, Heard};
use std::collections::{BTreeMap, BTreeSet};

/// How a language is asked, and how its table is written.
#[derive(Debug, Clone, Copy)]
struct Language {
    path: &'static str,
    columns: &'static str,
    rows: &'static str,
    /// Where the engine's own counts of rows are.
    counts: &'static [&'static str],
    cuts: Cuts,
}

const PPL: Language = Language {
    path: "/_plugins/_ppl",
    columns: "schema",
    rows: "datarows",
    counts: &["total", "size"],
    cuts: limits::PPL,
};

const ESQL: Language =
    Language { path: "/_query", columns: "columns", rows: "values", counts: &[], cuts: limits::ESQL };

/// A table as a JSON array of objects.
struct Table {
    json: Vec<u8>,
    rows: u64,
    counted: bool,
    took: Option<String>,
}

/// Asks `text` and puts its table together.
pub(super) async fn all<'a>(
    mut conversation: Conversation<'a>,
    engine: LogsEngine,
    text: &Template,
    mut parameters: BTreeMap<String, String>,
) -> Result<Gathered<'a>, CollectError> {
    let language = if engine == LogsEngine::Elasticsearch { ESQL } else { PPL };
    let text = fill(text, conversation.values())?;
    let body = serde_json::json!({ "query": text });
    let call = Call::new("POST", language.path).sending(CallBody::Json(body));
    let endpoint = conversation.endpoint(&call);
    parameters.insert("text".to_owned(), text.clone());
    conversation.check_told(&endpoint, &parameters)?;
    let table = conversation.ask(&call, move |heard| read(heard, language, &text)).await?;
    let Some(Table { json, rows, counted, took }) = table else {
        return Err(CollectError::Answer { endpoint, reason: "there is none".to_owned() });
    };
    conversation.take(json.len() as u64).await;
    parameters.extend(took.map(|took| ("took_milliseconds".to_owned(), took)));
    let (raw, held) = conversation.end().await;
    let name = raw.last().map(|file| file.name.clone()).unwrap_or_default();
    let rows = (Rows::Composed(FileFormat::Json, vec![RawFile { name, bytes: json }]), counted.then_some(rows));
    let document = Document { endpoint, parameters, raw, rows: rows.0, source_count: rows.1 };
    Ok(Gathered { document, held })
}

fn read(heard: &Heard<'_>, language: Language, asked: &str) -> Result<Table, CollectError> {
    let json = heard.json()?;
    if is_true(heard, json, &["is_partial"])? {
        return Err(
            heard.refuse("it says itself that it is partial: look at the engine's shards and clusters, and ask again")
        );
    }
    let Composed { json: bytes, rows } = compose(heard, json, language)?;
    for name in language.counts {
        let counted = count(heard, json, &[name])?;
        if counted != rows {
            return Err(heard.refuse(format!("its {name:?} is {counted}, and {rows} rows came; ask again")));
        }
    }
    if let Some(doubt) = language.cuts.doubt(rows, asked) {
        return Err(heard.refuse(doubt));
    }
    let took = text(heard, json, &["took"])?;
    check_clusters(heard, json)?;
    Ok(Table { json: bytes, rows, counted: !language.counts.is_empty(), took })
}

/// Clusters that other clusters ask have to have answered.
pub(super) fn check_clusters(heard: &Heard<'_>, json: Json<'_>) -> Result<(), CollectError> {
    for name in ["skipped", "partial", "failed", "running"] {
        let lost = count_or_none(heard, json, &["_clusters", name])?;
        if lost > 0 {
            return Err(heard.refuse(format!("{lost} of its clusters are {name}: what they hold is not in the answer")));
        }
    }
    Ok(())
}

struct Composed {
    json: Vec<u8>,
    rows: u64,
}

// Names and values stay as they are written.
fn compose(heard: &Heard<'_>, json: Json<'_>, language: Language) -> Result<Composed, CollectError> {
    let names = names(heard, list(heard, json, &[language.columns])?)?;
    let (mut bytes, mut rows) = (vec![b'['], 0);
    for row in list(heard, json, &[language.rows])?.elements() {
        bytes.extend_from_slice(if rows > 0 { b",\n{" } else { b"\n{" });
        rows += 1;
        let mut width = 0;
        for (index, value) in row.elements().enumerate() {
            let Some(name) = names.get(index) else { return Err(uneven(heard, rows, names.len())) };
            let comma = if index > 0 { "," } else { "" };
            bytes.extend_from_slice(format!("{comma}{name}:").as_bytes());
            bytes.extend_from_slice(value.as_str().as_bytes());
            width = index + 1;
        }
        if width != names.len() {
            return Err(uneven(heard, rows, names.len()));
        }
        bytes.push(b'}');
    }
    bytes.extend_from_slice(b"\n]");
    Ok(Composed { json: bytes, rows })
}

fn uneven(heard: &Heard<'_>, row: u64, width: usize) -> CollectError {
    heard.refuse(format!("row {row} has not one value for each of its {width} columns"))
}

fn names<'j>(heard: &Heard<'_>, columns: Json<'j>) -> Result<Vec<&'j str>, CollectError> {
    let mut names = Vec::new();
    for column in columns.elements() {
        match at(heard, column, &["name"])?.map(Json::as_str).filter(|name| name.starts_with('"')) {
            Some(name) => names.push(name),
            None => return Err(heard.refuse("one of its columns has no name")),
        }
    }
    if names.iter().collect::<BTreeSet<_>>().len() != names.len() {
        return Err(heard.refuse("two of its columns have one name: rename one in the search"));
    }
    Ok(names)
}
