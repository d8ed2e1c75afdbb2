//! REST and GraphQL APIs as a source.

use catalog::{Access, HttpAccess, HttpRequest, Question};
use collecting::{Asking, CollectError, Fetch, Fetched, Limits, Order, Request, on_a_thread, write_answers};
use domain::{
    Actor, Timestamp,
    evidence::{Collector, RawFile},
};
use http_source::{Answers, Ask, HttpSource};
use std::collections::BTreeMap;
use storage::Spool;

/// The collector, as the catalog names it.
pub const NAME: &str = "http";

/// Collects from APIs.
#[derive(Debug, Clone)]
pub struct HttpCollector {
    /// What asks them.
    pub source: HttpSource,
}

/// What is written of an answer.
struct Document {
    endpoint: String,
    parameters: BTreeMap<String, String>,
    raw: Vec<RawFile>,
    composed: Option<Vec<RawFile>>,
    source_count: Option<u64>,
    actor: Actor,
    executed_at: Timestamp,
}

impl Fetch for HttpCollector {
    async fn fetch(&self, order: &Order, asking: &Asking<'_>, spool: Spool) -> Result<Fetched, CollectError> {
        let (access, request) = question(order)?;
        let ask = Ask { slot: &order.slot, access, request, query: &order.query };
        let Answers { endpoint, parameters, raw, composed, source_count, held } = self.source.ask(&ask, asking).await?;
        let (actor, executed_at) = (asking.actor.clone(), asking.executed_at);
        let document = Document { endpoint, parameters, raw, composed, source_count, actor, executed_at };
        let order = order.clone();
        let fetched = on_a_thread(move || document.write(spool, &order)).await;
        drop(held);
        fetched
    }
}

fn question(order: &Order) -> Result<(&HttpAccess, &HttpRequest), CollectError> {
    match (&order.access, &order.query.question) {
        (Access::Http(access), Question::Http(request)) => Ok((access, request)),
        (Access::Http(_), _) => {
            Err(CollectError::Source { reason: format!("the query {} has no [request]", order.query.name) })
        }
        (other, _) => Err(CollectError::other_source(NAME, other)),
    }
}

impl Document {
    fn write(&self, spool: Spool, order: &Order) -> Result<Fetched, CollectError> {
        let request = Request {
            slot: &order.slot,
            query: &order.query,
            endpoint: &self.endpoint,
            parameters: &self.parameters,
            collector: &collector(),
            executed_at: self.executed_at,
            executed_by: &self.actor,
            source_count: self.source_count,
            limits: Limits::default(),
        };
        let rows = self.composed.as_ref().unwrap_or(&self.raw);
        let fetched = Fetched::written(spool, |out| write_answers(out, &request, &self.raw, rows))?;
        let came = fetched.written.row_count;
        match self.source_count.filter(|count| *count != came) {
            None => Ok(fetched),
            Some(count) => {
                let reason = format!("the source counts {count} rows, and {came} came");
                Err(CollectError::Answer { endpoint: self.endpoint.clone(), reason })
            }
        }
    }
}

fn collector() -> Collector {
    Collector { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
