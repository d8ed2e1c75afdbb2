//! Engines that hold logs as a source.

use crate::{cloudwatch, gathered::Gathered, search, splunk};
use aws_source::Identities;
use catalog::{Access, HttpAccess, LogsAccess, LogsEngine, LogsPlace, LogsQuestion, Question};
use collecting::{Asking, CollectError, Fetch, Fetched, Order, Pace, Secrets, on_a_thread};
use http_source::{Bounds, HttpSource};
use std::time::Duration;
use storage::Spool;

/// The collector, as the catalog names it.
pub const NAME: &str = "logs";

// A search thinks for minutes before it says its first word; the deadline of the slot comes first where it is sooner.
const LONGEST_SEARCH: Duration = Duration::from_mins(10);

/// Collects from log engines.
#[derive(Debug, Clone)]
pub struct LogsCollector {
    /// What asks engines over HTTP.
    pub source: HttpSource,
    /// What asks CloudWatch, which answers at once and is asked again until a search is done.
    pub aws: HttpSource,
    /// Who asks CloudWatch.
    pub identities: Identities,
}

impl LogsCollector {
    /// With the usual retries, and as much time for one search over HTTP as ten minutes.
    pub fn new(secrets: Secrets, pace: Pace, identities: Identities) -> Self {
        let aws = HttpSource::new(secrets, pace);
        let mut source = aws.clone();
        source.bounds = Bounds { first_byte: LONGEST_SEARCH, whole: LONGEST_SEARCH, ..Bounds::default() };
        Self { source, aws, identities }
    }
}

/// A question to an engine that is asked over HTTP.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'q> {
    pub(crate) source: &'q HttpSource,
    pub(crate) order: &'q Order,
    pub(crate) engine: LogsEngine,
    pub(crate) access: &'q HttpAccess,
    pub(crate) question: &'q LogsQuestion,
}

impl Fetch for LogsCollector {
    async fn fetch(&self, order: &Order, asking: &Asking<'_>, spool: Spool) -> Result<Fetched, CollectError> {
        let (LogsAccess { engine, place }, question) = question(order)?;
        let Gathered { document, held } = match place {
            LogsPlace::Aws(access) => cloudwatch::all(self, order, access, question, asking).await?,
            LogsPlace::Http(access) => {
                let ask = Ask { source: &self.source, order, engine: *engine, access, question };
                match engine {
                    LogsEngine::Splunk => splunk::all(ask, asking).await?,
                    _ => search::all(ask, asking).await?,
                }
            }
        };
        let (order, actor, executed_at) = (order.clone(), asking.actor.clone(), asking.executed_at);
        let fetched = on_a_thread(move || document.write(spool, &order, &actor, executed_at)).await;
        drop(held);
        fetched
    }
}

fn question(order: &Order) -> Result<(&LogsAccess, &LogsQuestion), CollectError> {
    match (&order.access, &order.query.question) {
        (Access::Logs(access), Question::Logs(question)) => Ok((access, question)),
        (Access::Logs(_), _) => {
            Err(CollectError::Source { reason: format!("the query {} has no [logs]", order.query.name) })
        }
        (other, _) => Err(CollectError::other_source(NAME, other)),
    }
}
