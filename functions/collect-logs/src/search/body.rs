//! A search that is asked as a JSON body: every hit, or every bucket of a composite aggregation, at one point in time.

use super::{
    page::{self, Page},
    point::Point,
};
use crate::{
    collector::Ask,
    gathered::{Document, Gathered, Rows},
};
use catalog::{LogsEngine, RowPath, Step};
use collecting::CollectError;
use http_source::{Call, CallBody, Conversation};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, ops::Range};

// How many rows a page has where the query does not say it.
const PAGE: u64 = 1000;
// A point in time that ended is opened anew once: what it held may have been too old, and what it holds now is not.
const ATTEMPTS: u32 = 2;

/// What is asked, page by page.
struct Search<'s> {
    engine: LogsEngine,
    place: String,
    body: Map<String, Value>,
    aggregation: Option<&'s str>,
    most_pages: u64,
}

/// All pages of it.
struct Walked {
    pages: Range<usize>,
    total: u64,
    took_milliseconds: u64,
}

/// Asks all of `body`, whose rows are the buckets of `aggregation`, or the hits.
pub(super) async fn all<'a>(
    mut conversation: Conversation<'a>,
    ask: Ask<'_>,
    body: Value,
    aggregation: Option<&str>,
    mut parameters: BTreeMap<String, String>,
) -> Result<Gathered<'a>, CollectError> {
    let search = Search::new(ask, body, aggregation);
    let endpoint = conversation.endpoint(&search.call(1, search.body.clone()));
    parameters.insert("body".to_owned(), Value::Object(search.body.clone()).to_string());
    parameters.insert("place".to_owned(), ask.question.place.join(","));
    conversation.check_told(&endpoint, &parameters)?;
    let Walked { pages, total, took_milliseconds } = search.walk(&mut conversation, &endpoint).await?;
    parameters.insert("total.hits".to_owned(), total.to_string());
    parameters.insert("took_milliseconds".to_owned(), took_milliseconds.to_string());
    let (raw, held) = conversation.end().await;
    let source_count = aggregation.is_none().then_some(total);
    let document = Document { endpoint, parameters, raw, rows: Rows::Answers(pages, search.row_path()), source_count };
    Ok(Gathered { document, held })
}

impl<'s> Search<'s> {
    fn new(ask: Ask<'_>, body: Value, aggregation: Option<&'s str>) -> Self {
        let names = ask.question.place.iter().map(|name| utf8_percent_encode(name, NON_ALPHANUMERIC).to_string());
        let place = names.collect::<Vec<_>>().join(",");
        let mut body = match body {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        body.insert("track_total_hits".to_owned(), true.into());
        let most_pages = ask.source.bounds.pages;
        match aggregation {
            Some(name) => with_page_of_buckets(&mut body, name),
            None => with_page_of_hits(&mut body, ask.engine),
        }
        Self { engine: ask.engine, place, body, aggregation, most_pages }
    }

    fn row_path(&self) -> RowPath {
        let member = |name: &str| Step::Member(name.to_owned());
        RowPath(match self.aggregation {
            Some(name) => vec![member("aggregations"), member(name), member("buckets"), Step::Each],
            None => vec![member("hits"), member("hits"), Step::Each],
        })
    }

    fn call(&self, page: u64, body: Map<String, Value>) -> Call {
        let call = Call::new("POST", "/_search").with("allow_partial_search_results", "false");
        let call = call.sending(CallBody::Json(Value::Object(body))).part(format!("page={page}"));
        call.or_absent(&[404])
    }

    async fn walk(&self, conversation: &mut Conversation<'_>, endpoint: &str) -> Result<Walked, CollectError> {
        for _ in 0..ATTEMPTS {
            let before = conversation.raw().len();
            let mut point = Point::open(conversation, self.engine, &self.place).await?;
            let walked = self.pages(conversation, &mut point, endpoint).await;
            point.close(conversation).await;
            match walked? {
                Some(walked) => return Ok(walked),
                None => conversation.forget(before),
            }
        }
        let reason =
            format!("its point in time ended before the last page, {ATTEMPTS} times; ask for less, or again later");
        Err(CollectError::Unanswered { endpoint: endpoint.to_owned(), reason })
    }

    // Nothing when the point in time ended on the way.
    async fn pages(
        &self,
        conversation: &mut Conversation<'_>,
        point: &mut Point,
        endpoint: &str,
    ) -> Result<Option<Walked>, CollectError> {
        let refuse = |reason: String| CollectError::Answer { endpoint: endpoint.to_owned(), reason };
        let begin = conversation.raw().len();
        let (mut rows, mut took, mut after, mut counted) = (0, 0, None, None);
        for number in 1..=self.most_pages {
            let Some(page) = self.page(conversation, point, number, after.as_ref()).await? else { return Ok(None) };
            rows += page.rows;
            took += page.took_milliseconds;
            if *counted.get_or_insert(page.total) != page.total {
                return Err(refuse(
                    "its total changes from page to page, though it is asked at one point in time".to_owned(),
                ));
            }
            let is_last = self.is_last(&page, rows).map_err(refuse)?;
            point.renamed(page.point);
            if is_last {
                let pages = begin..conversation.raw().len();
                return Ok(Some(Walked { pages, total: page.total, took_milliseconds: took }));
            }
            if after == page.after {
                return Err(refuse("a page goes on where the one before it did: it would never end".to_owned()));
            }
            after = page.after;
        }
        Err(refuse(format!("it has more than {} pages; make \"size\" larger", self.most_pages)))
    }

    // Buckets end where no next one is named; hits where as many came as the engine counts.
    fn is_last(&self, page: &Page, rows: u64) -> Result<bool, String> {
        let total = page.total;
        if self.aggregation.is_some() {
            return Ok(page.after.is_none());
        }
        if rows > total || page.rows == 0 && rows < total {
            return Err(format!("the engine counts {total} hits, and {rows} came; ask again"));
        }
        Ok(rows == total)
    }

    async fn page(
        &self,
        conversation: &mut Conversation<'_>,
        point: &Point,
        number: u64,
        after: Option<&Value>,
    ) -> Result<Option<Page>, CollectError> {
        let mut body = self.body.clone();
        body.insert("pit".to_owned(), point.named());
        if let Some(after) = after {
            match self.aggregation {
                Some(name) => continue_buckets(&mut body, name, after.clone()),
                None => drop(body.insert("search_after".to_owned(), after.clone())),
            }
        }
        let aggregation = self.aggregation.map(str::to_owned);
        conversation.ask(&self.call(number, body), move |heard| page::read(heard, aggregation.as_deref())).await
    }
}

fn with_page_of_buckets(body: &mut Map<String, Value>, name: &str) {
    body.insert("size".to_owned(), 0.into());
    if let Some(composite) = composite(body, name) {
        composite.entry("size").or_insert_with(|| PAGE.into());
    }
}

fn continue_buckets(body: &mut Map<String, Value>, name: &str, after: Value) {
    if let Some(composite) = composite(body, name) {
        composite.insert("after".to_owned(), after);
    }
}

fn composite<'b>(body: &'b mut Map<String, Value>, name: &str) -> Option<&'b mut Map<String, Value>> {
    body.get_mut("aggs")?.get_mut(name)?.get_mut("composite")?.as_object_mut()
}

// Hits that sort alike would be lost between two pages. Elasticsearch tells them apart by itself at a point in time; OpenSearch does not, and
// knows of no number of a document before 3.3.
fn with_page_of_hits(body: &mut Map<String, Value>, engine: LogsEngine) {
    body.entry("size").or_insert_with(|| PAGE.into());
    let mut sort = match body.remove("sort") {
        Some(Value::Array(sort)) => sort,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    match engine {
        LogsEngine::Elasticsearch if sort.is_empty() => sort.push(json!({ "_shard_doc": "asc" })),
        LogsEngine::Elasticsearch => {}
        _ => sort.push(json!({ "_id": "asc" })),
    }
    body.insert("sort".to_owned(), sort.into());
}
