//! AWS accounts as a source.

use crate::reads;
use aws_source::{Aws, Identities};
use catalog::{Access, AwsAccess, AwsRead, FileFormat, Question, RowPath, SourceQuery, Step};
use collecting::{Asking, CollectError, Fetch, Fetched, Limits, Order, Request, on_a_thread, write_answers};
use domain::{
    Actor, Timestamp,
    evidence::{Collector, RawFile},
};
use http_source::HttpSource;
use std::collections::BTreeMap;
use storage::Spool;

/// The collector, as the catalog names it.
pub const NAME: &str = "aws";

/// Collects from AWS accounts.
#[derive(Debug, Clone)]
pub struct AwsCollector {
    /// What sends requests: retries and bounds. It needs no secrets.
    pub source: HttpSource,
    /// Who asks.
    pub identities: Identities,
}

/// What is written of the answers.
struct Document {
    endpoint: String,
    parameters: BTreeMap<String, String>,
    raw: Vec<RawFile>,
    rows: RawFile,
    actor: Actor,
    executed_at: Timestamp,
}

impl Fetch for AwsCollector {
    async fn fetch(&self, order: &Order, asking: &Asking<'_>, spool: Spool) -> Result<Fetched, CollectError> {
        let (access, read) = question(order)?;
        let aws = Aws::open(&self.source, &self.identities, &order.slot, access, asking).await?;
        let rows = reads::rows(&aws, read).await?.file()?;
        aws.count(rows.bytes.len() as u64).await;
        let (endpoint, parameters) = (reads::endpoint(read), parameters(&aws, read));
        let (raw, held) = aws.finish().await;
        let (actor, executed_at) = (asking.actor.clone(), asking.executed_at);
        let document = Document { endpoint, parameters, raw, rows, actor, executed_at };
        let order = order.clone();
        let fetched = on_a_thread(move || document.write(spool, &order)).await;
        drop(held);
        fetched
    }
}

fn question(order: &Order) -> Result<(&AwsAccess, &AwsRead), CollectError> {
    match (&order.access, &order.query.question) {
        (Access::Aws(access), Question::Aws(read)) => Ok((access, read)),
        (Access::Aws(_), _) => {
            Err(CollectError::Source { reason: format!("the query {} has no [aws]", order.query.name) })
        }
        (other, _) => Err(CollectError::other_source(NAME, other)),
    }
}

fn parameters(aws: &Aws<'_>, read: &AwsRead) -> BTreeMap<String, String> {
    let mut told = aws.told();
    told.extend(reads::parameters(read));
    told
}

impl Document {
    fn write(&self, spool: Spool, order: &Order) -> Result<Fetched, CollectError> {
        let query = as_json(&order.query);
        let request = Request {
            slot: &order.slot,
            query: &query,
            endpoint: &self.endpoint,
            parameters: &self.parameters,
            collector: &collector(),
            executed_at: self.executed_at,
            executed_by: &self.actor,
            // AWS counts none of what is asked here.
            source_count: None,
            limits: Limits::default(),
        };
        Fetched::written(spool, |out| write_answers(out, &request, &self.raw, std::slice::from_ref(&self.rows)))
    }
}

// Rows come as values; they are read as the array of JSON that they were composed into.
fn as_json(query: &SourceQuery) -> SourceQuery {
    SourceQuery { format: FileFormat::Json, rows: Some(RowPath(vec![Step::Each])), ..query.clone() }
}

fn collector() -> Collector {
    Collector { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
