//! CloudWatch Logs Insights: one query in each region of each account, awaited until it is complete.

use crate::{
    collector::LogsCollector,
    gathered::{Document, Gathered, Rows},
    limits,
    text::fill,
};
use aws_source::{Aws, Place, Reply, Request, services::LOGS};
use catalog::{AwsAccess, FileFormat, LogsQuestion, LogsSearch};
use collecting::{Asking, CollectError, Order};
use domain::{Period, evidence::RawFile};
use futures_util::{StreamExt as _, stream};
use http_source::Values;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

// Places that are asked at once: an account may have 30 queries under way, of everybody.
const AT_ONCE: usize = 4;
// What one query gives at most.
const MOST_ROWS: u64 = 10_000;
const TOO_MANY_QUERIES: &[&str] = &["LimitExceededException"];

/// What `StartQuery` answers.
#[derive(Debug, Deserialize)]
struct Started {
    #[serde(rename = "queryId")]
    query_id: String,
}

/// What `GetQueryResults` answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    status: String,
    #[serde(default)]
    results: Vec<Vec<Field>>,
    #[serde(default)]
    statistics: BTreeMap<String, f64>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Field {
    field: String,
    value: Option<String>,
}

/// What one place answered.
struct Found {
    rows: Vec<Map<String, Value>>,
    statistics: BTreeMap<String, f64>,
}

/// What is asked everywhere.
struct Query<'q> {
    text: String,
    start: i64,
    end: i64,
    place: &'q [String],
}

impl<'q> Query<'q> {
    // CloudWatch counts the end to the time that is searched; an instant that two slots have is better than one that none has.
    fn new(text: String, period: &Period, place: &'q [String]) -> Self {
        Self { text, start: period.start().as_second(), end: period.end().as_second(), place }
    }

    fn body(&self) -> Value {
        let Self { text, start, end, place } = self;
        match place {
            [] => json!({ "startTime": start, "endTime": end, "queryString": text, "limit": MOST_ROWS }),
            groups => {
                json!({ "startTime": start, "endTime": end, "queryString": text, "limit": MOST_ROWS, "logGroupIdentifiers": groups })
            }
        }
    }
}

/// Asks every region of every account.
pub(crate) async fn all<'a>(
    collector: &'a LogsCollector,
    order: &'a Order,
    access: &AwsAccess,
    question: &LogsQuestion,
    asking: &Asking<'a>,
) -> Result<Gathered<'a>, CollectError> {
    let LogsSearch::Text(template) = &question.search else {
        let reason = format!("the query {}: CloudWatch takes no body: write \"text\"", order.query.name);
        return Err(CollectError::Source { reason });
    };
    let period = &order.slot.period;
    let text = fill(template, &Values::new(period, &BTreeMap::new()))?.trim().to_owned();
    let query = Query::new(text, period, &question.place);
    let aws = Aws::open(&collector.aws, &collector.identities, &order.slot, access, asking).await?;
    let asked: Vec<_> = aws.places().into_iter().map(|place| of_place(&aws, place, &query)).collect();
    // Each ends by itself, so that none is left running where another failed.
    let ended: Vec<Result<Found, CollectError>> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    let found = ended.into_iter().collect::<Result<Vec<_>, _>>()?;
    let parameters = parameters(&aws, &query, &found);
    let bytes = lines(found)?;
    aws.count(bytes.len() as u64).await;
    let (raw, held) = aws.finish().await;
    let rows = Rows::Composed(FileFormat::JsonLines, vec![RawFile { name: "rows".to_owned(), bytes }]);
    let endpoint = "logs:StartQuery".to_owned();
    Ok(Gathered { document: Document { endpoint, parameters, raw, rows, source_count: None }, held })
}

async fn of_place(aws: &Aws<'_>, place: Place<'_>, query: &Query<'_>) -> Result<Found, CollectError> {
    let started = start(aws, place, query).await?;
    let Started { query_id } = started.json()?;
    let results = match results(aws, place, &query_id).await {
        Ok(results) => results,
        Err(error) => {
            let stop = Request::json(&LOGS, "StopQuery", &json!({ "queryId": query_id }));
            // It costs as long as it runs. That it cannot be stopped is not what went wrong.
            drop(aws.look(place, stop).await);
            return Err(error);
        }
    };
    let (reply, Results { results, statistics, .. }) = results;
    if statistics.get("logGroupsScanned") == Some(&0.0) {
        return Err(reply.unusable("no log group was searched: correct \"place\", or SOURCE in the text".to_owned()));
    }
    if let Some(doubt) = limits::INSIGHTS.doubt(results.len() as u64, &query.text) {
        return Err(reply.unusable(doubt));
    }
    let rows = results.into_iter().map(|fields| row(place, &reply, fields)).collect::<Result<_, _>>()?;
    Ok(Found { rows, statistics })
}

// More queries than may be under way are waited for as long as there is time.
async fn start(aws: &Aws<'_>, place: Place<'_>, query: &Query<'_>) -> Result<Reply, CollectError> {
    let mut attempt = 0;
    loop {
        let request = Request::json(&LOGS, "StartQuery", &query.body()).expecting(TOO_MANY_QUERIES);
        let reply = aws.look(place, request).await?;
        if reply.code.is_none() {
            aws.keep(&reply).await?;
            return Ok(reply);
        }
        aws.wait(attempt, &reply).await?;
        attempt += 1;
    }
}

// What is answered before the query is complete is a part of its rows: it is not kept.
async fn results(aws: &Aws<'_>, place: Place<'_>, query_id: &str) -> Result<(Reply, Results), CollectError> {
    let mut attempt = 0;
    loop {
        let reply = aws.look(place, Request::json(&LOGS, "GetQueryResults", &json!({ "queryId": query_id }))).await?;
        let results: Results = reply.json()?;
        match results.status.as_str() {
            "Complete" if results.next_token.is_some() => {
                return Err(reply.unusable(
                    "it has more rows than one answer: count by less, or collect shorter periods".to_owned(),
                ));
            }
            "Complete" => {
                aws.keep(&reply).await?;
                return Ok((reply, results));
            }
            "Scheduled" | "Running" => aws.wait(attempt, &reply).await?,
            "Timeout" => {
                return Err(
                    reply.unusable("the query took longer than CloudWatch lets it: collect shorter periods".to_owned())
                );
            }
            "Failed" | "Cancelled" => {
                return Err(reply.unusable(format!("the query ended as {}; ask again", results.status)));
            }
            _ => return Err(reply.unusable("the query ended in a way that is not known; ask again".to_owned())),
        }
        attempt += 1;
    }
}

// The pointer to a log record is another each time.
const POINTER: &str = "@ptr";

fn row(place: Place<'_>, reply: &Reply, fields: Vec<Field>) -> Result<Map<String, Value>, CollectError> {
    let mut row = Map::new();
    for Field { field, value } in fields.into_iter().filter(|field| field.field != POINTER) {
        if row.insert(field, value.into()).is_some() {
            return Err(reply.unusable("a row has a field twice: rename one in the text".to_owned()));
        }
    }
    for (name, value) in [("account", place.account.id.as_str()), ("region", place.region)] {
        row.entry(name).or_insert_with(|| value.into());
    }
    Ok(row)
}

fn lines(found: Vec<Found>) -> Result<Vec<u8>, CollectError> {
    let mut lines = Vec::new();
    for row in found.into_iter().flat_map(|found| found.rows) {
        serde_json::to_writer(&mut lines, &row).map_err(|error| CollectError::Output(error.into()))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

fn parameters(aws: &Aws<'_>, query: &Query<'_>, found: &[Found]) -> BTreeMap<String, String> {
    let mut told = aws.told();
    told.extend([
        ("text".to_owned(), query.text.clone()),
        ("startTime".to_owned(), query.start.to_string()),
        ("endTime".to_owned(), query.end.to_string()),
    ]);
    if !query.place.is_empty() {
        told.insert("place".to_owned(), query.place.join(","));
    }
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    for (name, value) in found.iter().flat_map(|found| &found.statistics) {
        *totals.entry(name).or_default() += value;
    }
    told.extend(totals.into_iter().map(|(name, value)| (format!("total.{name}"), format!("{value:.0}"))));
    told
}
