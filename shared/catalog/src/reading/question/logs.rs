//! `[logs]`

use super::http::json_of;
use crate::{
    LogsQuestion, LogsSearch, Template,
    reading::document::{Document, Members, Placed},
};
use serde_json::{Map, Value};

pub(super) fn read<'a>(document: &mut Document<'a>, mut table: Members<'a>) -> Option<LogsQuestion> {
    let text = table.optional::<Template>(document, "text");
    let body = table.optional::<toml::Value>(document, "body");
    let place = place(document, &mut table);
    let at = table.at();
    table.finish(document);
    let search = match (text, body) {
        (Some(text), None) if text.value.as_str().trim().is_empty() => {
            document.problem(text.at, "\"text\" says nothing: write the search");
            None
        }
        (Some(text), None) => Some(LogsSearch::Text(text.value)),
        (None, Some(body)) => search(document, body),
        _ => {
            document.problem(at, "a search has one of: text, [logs.body]");
            None
        }
    };
    Some(LogsQuestion { search: search?, place })
}

fn place<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Vec<String> {
    let Some(place) = table.optional::<Vec<String>>(document, "place") else { return Vec::new() };
    let is_odd =
        |name: &str| name.is_empty() || matches!(name, "." | "..") || name.contains([' ', ',', '?', '"', '\\']);
    if let Some(odd) = place.value.iter().find(|name| is_odd(name)) {
        document.problem(place.at, format!("{odd:?} is no index and no log group: write one name or pattern a text"));
    }
    place.value
}

// What the collector says itself, or what would leave rows out.
const NOT_ITS: [&str; 12] = [
    "collapse",
    "from",
    "pit",
    "post_filter",
    "rescore",
    "search_after",
    "slice",
    "suggest",
    "terminate_after",
    "timeout",
    "track_total_hits",
    "min_score",
];

// How many rows a page may have: what `index.max_result_window` and `search.max_buckets` allow everywhere.
const LARGEST_PAGE: u64 = 10_000;

fn search(document: &mut Document<'_>, body: Placed<toml::Value>) -> Option<LogsSearch> {
    let at = body.at;
    let Value::Object(mut members) = json_of(document, body)? else {
        document.problem(at, "a body is a table: write [logs.body]");
        return None;
    };
    if let Some(name) = NOT_ITS.into_iter().find(|name| members.contains_key(*name)) {
        document.problem(at, format!("a body has no {name:?}: the collector asks for every row, page by page"));
        return None;
    }
    match aggregation(&mut members) {
        Ok(aggregation) => Some(LogsSearch::Body { body: Value::Object(members), aggregation }),
        Err(reason) => {
            document.problem(at, reason);
            None
        }
    }
}

// The rows are the buckets of one composite aggregation, or the hits: no other aggregation can be asked for to its end.
fn aggregation(members: &mut Map<String, Value>) -> Result<Option<String>, String> {
    if let Some(aggregations) = members.remove("aggregations")
        && members.insert("aggs".to_owned(), aggregations).is_some()
    {
        return Err("a body has one of: aggs, aggregations".to_owned());
    }
    let Some(aggregations) = members.get_mut("aggs") else {
        return size(members, "a body").map(|()| None);
    };
    let only = aggregations.as_object_mut().filter(|all| all.len() == 1).and_then(|all| all.iter_mut().next());
    let Some((name, aggregation)) = only else { return Err("a body has one aggregation, a composite".to_owned()) };
    let name = name.clone();
    let composite = aggregation.get_mut("composite").and_then(Value::as_object_mut);
    let Some(composite) = composite else {
        return Err(format!(
            "the aggregation {name:?} has to be a composite: the buckets of others cannot be asked for to the last one"
        ));
    };
    if composite.contains_key("after") {
        return Err("a composite has no \"after\": the collector asks for every bucket".to_owned());
    }
    size(composite, "a composite")?;
    inner(aggregation)?;
    if members.get("size").is_some_and(|size| *size != 0) {
        return Err("a body with an aggregation has no hits: remove \"size\", or make it 0".to_owned());
    }
    Ok(Some(name))
}

fn size(members: &Map<String, Value>, what: &str) -> Result<(), String> {
    let fits = |size: &Value| size.as_u64().is_some_and(|size| (1..=LARGEST_PAGE).contains(&size));
    match members.get("size") {
        Some(size) if !fits(size) => {
            Err(format!("the \"size\" of {what} is how many rows a page has: 1 to {LARGEST_PAGE}"))
        }
        _ => Ok(()),
    }
}

// What gives one value for a bucket. Those that give buckets themselves leave some out.
const METRICS: [&str; 10] =
    ["avg", "cardinality", "extended_stats", "filter", "max", "min", "missing", "stats", "sum", "value_count"];

fn inner(aggregation: &Value) -> Result<(), String> {
    for name in ["aggs", "aggregations"] {
        let Some(inside) = aggregation.get(name) else { continue };
        let Some(inside) = inside.as_object() else { return Err(format!("{name:?} has to be a table")) };
        for (name, metric) in inside {
            let kinds = metric.as_object().map(|metric| metric.keys().map(String::as_str).collect::<Vec<_>>());
            let known = |kind: &&str| METRICS.contains(kind) || matches!(*kind, "aggs" | "aggregations" | "meta");
            if !kinds.is_some_and(|kinds| kinds.iter().all(known)) {
                return Err(format!(
                    "{name:?} inside the composite has to be one of {}: others leave values out",
                    METRICS.join(", ")
                ));
            }
            inner(metric)?;
        }
    }
    Ok(())
}
