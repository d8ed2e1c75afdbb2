//! One more request for each row, whose answer is put into the row where it stands.

use crate::{
    asking::{Received, Told, Walked},
    filling::{Filled, Turn},
    page::Reading,
    source::Ask,
    values::Values,
};
use catalog::{Each, FileFormat, RowPath};
use collecting::{CollectError, Json};
use domain::evidence::RawFile;
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// What the evidence tells about it: as it is declared, for every row has its own.
pub(crate) fn told(each: Option<&Each>) -> Told {
    let Some(each) = each else { return Told::new() };
    let parameters = each.parameters.iter();
    let parameters = parameters.map(|(name, value)| (format!("each.parameter.{name}"), value.to_string()));
    let path = ("each.path".to_owned(), each.path.to_string());
    parameters.chain([path]).collect()
}

/// A row in a page: where its closing brace is, and what is asked for it.
struct Row {
    end: usize,
    is_empty: bool,
    filled: Filled,
}

/// How rows are asked for.
struct Asked<'e> {
    each: &'e Each,
    base: &'e str,
    headers: &'e BTreeMap<String, String>,
    values: &'e Values,
    reading: Arc<Reading>,
    // Two rows that ask for the same are answered once.
    answered: BTreeMap<String, Option<Range<usize>>>,
}

/// The pages with the answers for their rows put in: each row has one member more, and all else is as it was.
pub(crate) async fn compose(
    received: &mut Received<'_>,
    ask: &Ask<'_>,
    pages: Range<usize>,
    filled: &Filled,
    base: &str,
    values: &Values,
) -> Result<Vec<RawFile>, CollectError> {
    let Some(each) = &ask.request.each else { return Ok(Vec::new()) };
    if matches!(ask.query.format, FileFormat::Csv | FileFormat::TerraformState) {
        let reason = format!("the query {}: [request.each] is for rows that are JSON objects", ask.query.name);
        return Err(CollectError::Source { reason });
    }
    let mut query = ask.query.clone();
    (query.format, query.rows) = (FileFormat::Json, each.rows.clone());
    let (pages_of_each, has_rows) = (each.pages.clone(), each.rows.is_some());
    let reading = Arc::new(Reading { query, pages: pages_of_each, total: None, is_graphql: false, has_rows });
    let headers = filled.headers();
    let mut asked = Asked { each, base, headers, values, reading, answered: BTreeMap::new() };
    let mut composed = Vec::with_capacity(pages.len());
    for page in pages {
        let file = asked.page(received, ask, page).await?;
        received.take(file.bytes.len() as u64).await;
        composed.push(file);
    }
    Ok(composed)
}

impl Asked<'_> {
    async fn page(&mut self, received: &mut Received<'_>, ask: &Ask<'_>, page: usize) -> Result<RawFile, CollectError> {
        let Some(file) = received.raw.get(page) else { return Ok(RawFile { name: String::new(), bytes: Vec::new() }) };
        let (name, rows) = (file.name.clone(), self.rows(ask, file)?);
        let (mut bytes, mut done) = (Vec::with_capacity(file.bytes.len()), 0);
        for Row { end, is_empty, filled } in rows {
            let member = self.member(received, &filled).await?;
            let text = received.raw.get(page).map(|file| file.bytes.as_slice()).unwrap_or_default();
            bytes.extend_from_slice(text.get(done..end).unwrap_or_default());
            bytes.extend_from_slice(if is_empty { b"" } else { b"," });
            bytes.extend_from_slice(serde_json::Value::from(self.each.into.as_str()).to_string().as_bytes());
            bytes.push(b':');
            bytes.extend_from_slice(member.as_bytes());
            done = end;
            if bytes.len() as u64 > received.sending.left {
                return Err(too_large(&name));
            }
        }
        let text = received.raw.get(page).map(|file| file.bytes.as_slice()).unwrap_or_default();
        bytes.extend_from_slice(text.get(done..).unwrap_or_default());
        Ok(RawFile { name, bytes })
    }

    fn rows(&self, ask: &Ask<'_>, file: &RawFile) -> Result<Vec<Row>, CollectError> {
        let mut rows = Vec::new();
        let begin = file.bytes.as_ptr().addr();
        Json::each_row(&file.name, &file.bytes, ask.query, &mut |row| {
            let into = std::slice::from_ref(&self.each.into);
            if !row.is_object() || row.at(&file.name, into)?.is_some() {
                let reason = format!("a row is no object, or has a member {:?} already", self.each.into);
                return Err(CollectError::Answer { endpoint: file.name.clone(), reason });
            }
            let text = row.as_str();
            let end = text.as_ptr().addr() - begin + text.len() - 1;
            let is_empty = text.trim_matches(['{', '}']).trim().is_empty();
            rows.push(Row { end, is_empty, filled: self.filled(&file.name, row)? });
            Ok(())
        })?;
        Ok(rows)
    }

    fn filled(&self, name: &str, row: Json<'_>) -> Result<Filled, CollectError> {
        let value = |placeholder: &str| {
            let members: Vec<String> = placeholder.split('.').map(str::to_owned).collect();
            let member = row.at(name, &members).ok().flatten();
            member.map_or_else(
                || self.values.get(placeholder),
                |member| member.scalar().map(std::borrow::Cow::into_owned),
            )
        };
        Filled::of_row(self.each, self.base, self.headers, &value)
    }

    // JSON text on one line: the page may have a row on each.
    async fn member(&mut self, received: &mut Received<'_>, filled: &Filled) -> Result<String, CollectError> {
        let address = filled.sent(&received.sending.origin, &Turn::First).address;
        let pages = match self.answered.get(&address) {
            Some(pages) => pages.clone(),
            None => {
                let walked = received.walk(filled, &self.reading, &self.each.absent).await?;
                let pages = walked.map(|Walked { pages, .. }| pages);
                self.answered.insert(address, pages.clone());
                pages
            }
        };
        let Some(pages) = pages else { return Ok("null".to_owned()) };
        let text = text(received.raw.get(pages).unwrap_or_default(), self.each.rows.as_ref())?;
        Ok(text.replace(['\n', '\r'], " "))
    }
}

fn text(pages: &[RawFile], rows: Option<&RowPath>) -> Result<String, CollectError> {
    let Some(rows) = rows else {
        let only = pages.first().map(|page| Json::read(&page.name, &page.bytes).map(Json::as_str));
        return only.unwrap_or(Ok("null")).map(str::to_owned);
    };
    let mut all = Vec::new();
    for page in pages {
        Json::read(&page.name, &page.bytes)?.rows(&page.name, rows, &mut |row| {
            all.push(row.as_str());
            Ok(())
        })?;
    }
    Ok(format!("[{}]", all.join(",")))
}

fn too_large(name: &str) -> CollectError {
    let reason =
        "with what was asked for its rows it has more bytes than are left; ask for less, or for shorter periods";
    CollectError::TooLarge { name: name.to_owned(), reason: reason.to_owned() }
}
