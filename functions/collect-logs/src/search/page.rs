//! One page of a search: whether it is whole, its rows, and from where the next one goes on.

use super::table::check_clusters;
use crate::reading::{at, count, count_or_none, is_true, list, text, value};
use collecting::{CollectError, Json};
use http_source::Heard;
use serde_json::Value;

/// What a page says.
#[derive(Debug)]
pub(super) struct Page {
    /// Its rows.
    pub(super) rows: u64,
    /// How many documents the search has in all.
    pub(super) total: u64,
    /// From where the next page goes on; none after the last.
    pub(super) after: Option<Value>,
    /// The newest name of the point in time.
    pub(super) point: Option<String>,
    /// How long the engine searched.
    pub(super) took_milliseconds: u64,
}

/// Reads a page whose rows are the buckets of `aggregation`, or its hits.
pub(super) fn read(heard: &Heard<'_>, aggregation: Option<&str>) -> Result<Page, CollectError> {
    let json = heard.json()?;
    check_whole(heard, json)?;
    let (rows, after) = match aggregation {
        Some(name) => buckets(heard, json, name)?,
        None => hits(heard, json)?,
    };
    let point = text(heard, json, &["pit_id"])?;
    let took_milliseconds = count_or_none(heard, json, &["took"])?;
    Ok(Page { rows, total: total(heard, json)?, after, point, took_milliseconds })
}

/// Refuses an answer to which a part of the engine did not contribute.
fn check_whole(heard: &Heard<'_>, json: Json<'_>) -> Result<(), CollectError> {
    if is_true(heard, json, &["timed_out"])? || is_true(heard, json, &["terminated_early"])? {
        return Err(heard.refuse("the engine stopped before it had searched all; ask for less, or for shorter periods"));
    }
    check_shards(heard, json)?;
    check_clusters(heard, json)
}

/// Refuses an answer that some shards did not give, or that no index gave.
pub(super) fn check_shards(heard: &Heard<'_>, json: Json<'_>) -> Result<(), CollectError> {
    let of = |name| count(heard, json, &["_shards", name]);
    let (total, successful, failed) = (of("total")?, of("successful")?, of("failed")?);
    if total == 0 {
        return Err(heard.refuse("there is no index of these names: correct \"place\""));
    }
    if failed == 0 && successful == total {
        return Ok(());
    }
    let first = at(heard, json, &["_shards", "failures"])?.and_then(|failures| failures.elements().next());
    let why = first.map(|failure| text(heard, failure, &["reason", "reason"])).transpose()?.flatten();
    let why = why.map(|why| format!(": {}", heard.quote(&why))).unwrap_or_default();
    Err(heard.refuse(format!("{successful} of {total} shards answered, and {failed} failed{why}")))
}

fn total(heard: &Heard<'_>, json: Json<'_>) -> Result<u64, CollectError> {
    match text(heard, json, &["hits", "total", "relation"])?.as_deref() {
        Some("eq") => count(heard, json, &["hits", "total", "value"]),
        Some(_) => Err(heard.refuse("its total is only a lower bound, though all was to be counted")),
        None => count(heard, json, &["hits", "total"]),
    }
}

fn hits(heard: &Heard<'_>, json: Json<'_>) -> Result<(u64, Option<Value>), CollectError> {
    let (mut rows, mut last) = (0, None);
    for hit in list(heard, json, &["hits", "hits"])?.elements() {
        (rows, last) = (rows + 1, Some(hit));
    }
    let Some(last) = last else { return Ok((0, None)) };
    match at(heard, last, &["sort"])? {
        Some(sort) => Ok((rows, Some(value(heard, sort)?))),
        None => Err(heard.refuse("its last hit does not say how it is sorted: the next page cannot be asked for")),
    }
}

fn buckets(heard: &Heard<'_>, json: Json<'_>, name: &str) -> Result<(u64, Option<Value>), CollectError> {
    let rows = list(heard, json, &["aggregations", name, "buckets"])?.elements().count() as u64;
    let after = at(heard, json, &["aggregations", name, "after_key"])?;
    let after = after.map(|after| value(heard, after)).transpose()?;
    Ok((rows, after))
}
