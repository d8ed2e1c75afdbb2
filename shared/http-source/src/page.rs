//! What one page says: its rows, and where the next one is.

use crate::{concealed::Concealed, exchange, link};
use catalog::{CellPath, FileFormat, Pages, SourceQuery};
use collecting::{CollectError, Json, count_rows};
use domain::evidence::RawFile;
use serde_json::Value;

/// How pages are read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// Their format, and where their rows are.
    pub(crate) query: SourceQuery,
    pub(crate) pages: Pages,
    pub(crate) total: Option<CellPath>,
    pub(crate) is_graphql: bool,
    /// Whether rows have to be there at all: an answer that becomes a member is what it is.
    pub(crate) has_rows: bool,
}

/// One page, read.
#[derive(Debug)]
pub(crate) struct Page {
    /// As it was received.
    pub(crate) file: RawFile,
    /// Its rows, where somebody has to know.
    pub(crate) rows: u64,
    /// How many rows there are in all, if it says so.
    pub(crate) total: Option<u64>,
    /// What to send next time, if it says so.
    pub(crate) cursor: Option<Value>,
    /// Whether there is more, if it says so.
    pub(crate) more: Option<bool>,
    /// Where the next page is, if it says so.
    pub(crate) link: Option<String>,
}

impl Reading {
    /// Reads a page of that name. Refuses with a reason, or with what is wrong inside it.
    pub(crate) fn page(&self, name: String, reply: exchange::Reply, concealed: &Concealed) -> Result<Page, Refusal> {
        reply.check_type(self.query.format, concealed)?;
        let by_lines = matches!(self.query.format, FileFormat::Csv | FileFormat::JsonLines | FileFormat::Ocsf);
        if by_lines && !reply.has_an_end() {
            return Err(Refusal::Answer(
                "it says neither its length nor its end, so that a cut one looks whole".to_owned(),
            ));
        }
        let header = link::next(reply.headers("link"));
        if concealed.is_in(&reply.body) || concealed.is_in_address(&name) {
            return Err(Refusal::Answer("it gives back the secret, which the evidence would show".to_owned()));
        }
        let file = RawFile { name, bytes: reply.body };
        let says = self.says(&file, concealed)?;
        let rows = if self.counts() { count_rows(&self.query, &file)? } else { 0 };
        let link = if matches!(self.pages, Pages::Link { at: None }) { header } else { says.link };
        Ok(Page { file, rows, link, ..says })
    }

    // Whether the number of rows tells whether there is more, or is held against the source's own count.
    fn counts(&self) -> bool {
        self.has_rows && (self.total.is_some() || matches!(self.pages, Pages::Numbered(_) | Pages::Offset(_)))
    }

    // What stands in the answer beside the rows.
    fn says(&self, file: &RawFile, concealed: &Concealed) -> Result<Page, Refusal> {
        let empty = RawFile { name: String::new(), bytes: Vec::new() };
        let mut page = Page { file: empty, rows: 0, total: None, cursor: None, more: None, link: None };
        let (cursor, next) = match &self.pages {
            Pages::Cursor { cursor, more, .. } => (Some((cursor, more)), None),
            Pages::Link { at } => (None, at.as_ref()),
            _ => (None, None),
        };
        if !self.is_graphql && self.total.is_none() && cursor.is_none() && next.is_none() && self.has_rows {
            return Ok(page);
        }
        let json = Json::read(&file.name, &file.bytes)?;
        if self.is_graphql {
            check_errors(&file.name, json, concealed)?;
        }
        if let Some(total) = &self.total {
            page.total = number(at(file, json, total)?).transpose().map_err(Refusal::Answer)?;
        }
        if let Some(next) = next {
            page.link = at(file, json, next)?.map(reference).transpose()?;
        }
        if let Some((cursor, more)) = cursor {
            page.cursor = at(file, json, cursor)?.map(value).transpose()?.flatten();
            page.more = more.as_ref().map(|more| flag(at(file, json, more)?)).transpose()?;
        }
        Ok(page)
    }
}

// GraphQL answers with status 200 and a part of the data where something went wrong.
fn check_errors(name: &str, json: Json<'_>, concealed: &Concealed) -> Result<(), Refusal> {
    let Some(errors) = json.at(name, &["errors".to_owned()])? else { return Ok(()) };
    if errors.as_str() == "[]" {
        return Ok(());
    }
    let errors: Option<Value> = serde_json::from_str(errors.as_str()).ok();
    let told = errors.as_ref().and_then(|errors| exchange::message(errors, concealed));
    Err(Refusal::Answer(match told {
        Some(told) => format!("it has errors: {told:?}"),
        None => "it has errors".to_owned(),
    }))
}

/// Why a page is not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is not what it has to be.
    Answer(String),
    /// Something inside it is not.
    Inside(CollectError),
}

impl From<CollectError> for Refusal {
    fn from(error: CollectError) -> Self {
        Self::Inside(error)
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self::Answer(reason)
    }
}

fn at<'a>(file: &RawFile, json: Json<'a>, path: &CellPath) -> Result<Option<Json<'a>>, Refusal> {
    if path.up > 0 {
        return Err(Refusal::Answer(format!("{path} leads up from the whole answer: write it without ^")));
    }
    Ok(json.at(&file.name, &path.members)?)
}

fn number(json: Option<Json<'_>>) -> Option<Result<u64, String>> {
    let text = json?.scalar();
    let count = text.and_then(|text| text.parse().ok());
    Some(count.ok_or_else(|| "where `total` says there is no number of rows".to_owned()))
}

fn reference(json: Json<'_>) -> Result<String, Refusal> {
    let text = json.scalar().filter(|_| json.as_str().starts_with('"')).filter(|text| !text.is_empty());
    let refuse = || Refusal::Answer("where `at` says there is no address of a next page".to_owned());
    text.map(std::borrow::Cow::into_owned).ok_or_else(refuse)
}

fn flag(json: Option<Json<'_>>) -> Result<bool, Refusal> {
    match json.map(Json::as_str) {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => Err(Refusal::Answer("where `more` says there is neither true nor false".to_owned())),
    }
}

// An empty text and false are how some say that there is no more.
fn value(json: Json<'_>) -> Result<Option<Value>, Refusal> {
    match serde_json::from_str(json.as_str()) {
        Ok(Value::Bool(false)) => Ok(None),
        Ok(Value::String(text)) if text.is_empty() => Ok(None),
        Ok(value @ (Value::String(_) | Value::Number(_))) => Ok(Some(value)),
        // What a search engine goes on from is a list.
        Ok(value @ Value::Array(_)) => Ok(Some(value)),
        _ => Err(Refusal::Answer("where `cursor` says there is neither a text nor a number".to_owned())),
    }
}
