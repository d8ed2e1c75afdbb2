//! `[request]`

use super::pages;
use crate::{
    Each, HttpRequest, Pages, RequestBody, RowPath, Template,
    reading::{
        document::{Document, Members, Placed},
        source_header_name,
    },
};
use serde_json::Value;
use std::collections::BTreeMap;

const METHODS: [&str; 3] = ["GET", "POST", "PUT"];

pub(super) fn read<'a>(document: &mut Document<'a>, mut table: Members<'a>) -> Option<HttpRequest> {
    let method = method(document, &mut table);
    let path = path(document, &mut table);
    let parameters = templates(document, &mut table, "parameters");
    let headers = headers(document, &mut table);
    let body = body(document, &mut table);
    let (pages, total) = pages::read(document, &mut table).unzip();
    let each = table.optional_table(document, "each").map(|each| read_each(document, each));
    let at = table.at();
    table.finish(document);
    if method.as_deref() == Some("GET") && !matches!(body, Some(RequestBody::Empty) | None) {
        document.problem(at, "a GET request has no body: write method = \"POST\"");
    }
    let each = match each {
        Some(each) => Some(each?),
        None => None,
    };
    Some(HttpRequest {
        method: method?,
        path: path?,
        parameters,
        headers,
        body: body?,
        pages: pages?,
        total: total?,
        each,
    })
}

fn method<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<String> {
    let Some(method) = table.optional::<String>(document, "method") else { return Some("GET".to_owned()) };
    if !METHODS.contains(&method.value.as_str()) {
        let message = format!("{:?} is no method that reads: use {}", method.value, METHODS.join(", "));
        document.problem(method.at, message);
        return None;
    }
    Some(method.value)
}

fn path<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<Template> {
    let path = table.required::<Template>(document, "path")?;
    let text = path.value.as_str();
    let leads_away = text.split('/').any(|part| part == "." || part == "..") || text.starts_with("//");
    if !text.starts_with('/') || leads_away || text.contains(['?', '#', '\\', ' ']) {
        let message = format!("{text:?} is no path: begin with one / and put parameters into [request.parameters]");
        document.problem(path.at, message);
        return None;
    }
    Some(path.value)
}

fn templates<'a>(document: &mut Document<'a>, table: &mut Members<'a>, name: &str) -> BTreeMap<String, Template> {
    let Some(inner) = table.optional_table(document, name) else { return BTreeMap::new() };
    inner.rest::<Template>(document).into_iter().map(|(name, value)| (name.value, value.value)).collect()
}

// What proves who asks, and what makes a request one, is not for a query to say.
const OWN_HEADERS: [&str; 6] = ["authorization", "connection", "content-length", "cookie", "host", "transfer-encoding"];

fn headers<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> BTreeMap<String, Template> {
    let Some(inner) = table.optional_table(document, "headers") else { return BTreeMap::new() };
    let mut headers = BTreeMap::new();
    for (name, value) in inner.rest::<Template>(document) {
        let lower = name.value.to_ascii_lowercase();
        if !source_header_name(&lower) || OWN_HEADERS.contains(&lower.as_str()) {
            document.problem(name.at, format!("{:?} cannot be a header of a query", name.value));
        }
        headers.insert(lower, value.value);
    }
    headers
}

fn body<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<RequestBody> {
    let form = table.optional::<bool>(document, "form").is_some_and(|form| form.value);
    let json = table.optional::<toml::Value>(document, "body");
    let query = table.optional::<String>(document, "graphql");
    let variables = table.optional::<toml::Value>(document, "variables");
    match (form, json, query) {
        (false, None, None) => Some(RequestBody::Empty),
        (true, None, None) => Some(RequestBody::Form),
        (false, Some(body), None) => json_of(document, body).map(RequestBody::Json),
        (false, None, Some(query)) => {
            document.filled(&query, "graphql");
            let variables = match variables {
                Some(variables) => json_of(document, variables)?,
                None => Value::Object(Default::default()),
            };
            Some(RequestBody::GraphQl { query: query.value, variables })
        }
        _ => {
            document.problem(table.at(), "a request has one of: body, form, graphql");
            None
        }
    }
}

// Every text in it may have placeholders, and is checked for that here.
pub(super) fn json_of(document: &mut Document<'_>, value: Placed<toml::Value>) -> Option<Value> {
    let json = serde_json::to_value(&value.value).ok()?;
    let mut wrong = Vec::new();
    each_text(&json, &mut |text| wrong.extend(text.parse::<Template>().err()));
    wrong.iter().for_each(|error| document.problem(value.at, error.to_string()));
    wrong.is_empty().then_some(json)
}

/// Every text in a JSON value.
pub(in crate::reading) fn each_text(json: &Value, on_text: &mut impl FnMut(&str)) {
    match json {
        Value::String(text) => on_text(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, on_text)),
        Value::Object(members) => members.values().for_each(|member| each_text(member, on_text)),
        _ => {}
    }
}

fn read_each<'a>(document: &mut Document<'a>, mut table: Members<'a>) -> Option<Each> {
    let path = path(document, &mut table);
    let parameters = templates(document, &mut table, "parameters");
    let into = table.words(document, "into");
    let rows = table.optional::<RowPath>(document, "rows").map(|rows| rows.value);
    let pages = pages::read(document, &mut table).map(|(pages, _)| pages);
    let absent = table.optional::<Vec<u16>>(document, "absent").map(|absent| absent.value).unwrap_or_default();
    let at = table.at();
    table.finish(document);
    let pages = pages?;
    if rows.is_none() && pages != Pages::Single {
        document.problem(at, "an answer in pages needs \"rows\", to put them together");
    }
    Some(Each { path: path?, parameters, into: into?, rows, pages, absent })
}
