//! What is asked for one slot, and what stands about it in the evidence.

use crate::{parameter::Parameters, said, statement::Statement};
use catalog::{Access, Question, SqlAccess};
use collecting::{Asking, CollectError, Order, Pace, Retry, Secret, random};
use domain::{
    Actor, Timestamp,
    evidence::{Asked, Collected, Collector, Preamble},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// What stands about a question in the evidence beside its parameters.
const TOLD: [&str; 6] = ["engine_version", "isolation_level", "server_time", "statement", "timeout_seconds", "user"];

/// What is asked, of whom, and until when.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) order: Order,
    pub(crate) access: SqlAccess,
    pub(crate) statement: Statement,
    pub(crate) parameters: Parameters,
    /// How long the database may think about one statement.
    pub(crate) thinks: Duration,
    /// Where, without who asks: `postgresql://db.acme.example:5432/payments`.
    pub(crate) endpoint: String,
    /// When all has to be answered.
    until: Instant,
    deadline: Timestamp,
    executed_at: Timestamp,
    actor: Actor,
    /// What no message may hold.
    secret: Option<Secret>,
}

/// What a server tells about itself and about who asks, by the names of the evidence's parameters.
pub(crate) type Facts = BTreeMap<&'static str, String>;

impl Ask {
    /// What `order` asks, or what is wrong with it. Nobody is asked yet.
    pub(crate) fn new(order: &Order, asking: &Asking<'_>, endpoint: String) -> Result<Self, CollectError> {
        let Access::Sql(access) = &order.access else {
            return Err(CollectError::other_source(crate::NAME, &order.access));
        };
        let source = |reason: String| CollectError::Source { reason };
        let name = &order.query.name;
        let Question::Sql(question) = &order.query.question else {
            return Err(source(format!("the query {name} has no [sql]: it is not for a database")));
        };
        let engine = access.engine;
        let text = question.text.get(&engine);
        let text =
            text.ok_or_else(|| source(format!("the query {name} has no statement for {engine} in [sql.text]")))?;
        let parameters = Parameters::new(&order.slot.period, &question.parameters);
        let statement = Statement::new(engine, text, &parameters)
            .map_err(|reason| source(format!("the query {name} for {engine}: {reason}")))?;
        if let Some(taken) = statement.names.iter().find(|name| TOLD.contains(&name.as_str())) {
            return Err(source(format!(
                "the query {name}: {taken:?} is a name of the collector's own: choose another"
            )));
        }
        let left = Duration::try_from(asking.deadline.duration_since(asking.clock.now())).unwrap_or_default();
        Ok(Self {
            order: order.clone(),
            access: access.clone(),
            statement,
            parameters,
            thinks: question.timeout,
            endpoint,
            until: Instant::now() + left,
            deadline: asking.deadline,
            executed_at: asking.executed_at,
            actor: asking.actor.clone(),
            secret: None,
        })
    }

    /// The same, with the secret that no message may hold.
    pub(crate) fn with_secret(self, secret: Option<Secret>) -> Self {
        Self { secret, ..self }
    }

    /// The secret; empty when there is none.
    pub(crate) fn secret(&self) -> &str {
        self.secret.as_ref().map_or("", Secret::expose)
    }

    /// How long one statement may take now: what the query gives it, and never beyond the deadline. At least a millisecond.
    pub(crate) fn time_left(&self) -> Duration {
        self.thinks.min(self.until.saturating_duration_since(Instant::now())).max(Duration::from_millis(1))
    }

    /// The result of `work`, or that no answer came in time. For a server that does not stop by itself.
    pub(crate) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, CollectError>>,
    ) -> Result<T, CollectError> {
        let patience = self.time_left() + GRACE;
        timeout(patience, work).await.unwrap_or_else(|_| Err(self.too_slow()))
    }

    /// That the database did not answer in the time it has.
    pub(crate) fn too_slow(&self) -> CollectError {
        let reason = format!(
            "it took longer than {} s (timeout_seconds of the query) or than the collection may take; narrow the query or raise it",
            self.thinks.as_secs()
        );
        CollectError::Unanswered { endpoint: self.endpoint.clone(), reason }
    }

    /// Waits until the source may be asked once more.
    pub(crate) async fn turn(&self, pace: &Pace) -> Result<(), CollectError> {
        let Some(limit) = self.access.limit else { return Ok(()) };
        pace.wait(&self.order.slot.tenant, &self.order.slot.source, limit, self.deadline).await
    }

    /// Tries `attempt` again while it says that nobody answered, with pauses, until the deadline.
    pub(crate) async fn retrying<T, F: Future<Output = Result<T, CollectError>> + Send>(
        &self,
        retry: &Retry,
        attempt: impl Fn() -> F + Send,
    ) -> Result<T, CollectError> {
        for number in 1.. {
            match attempt().await {
                Err(error @ CollectError::Unanswered { .. }) => match retry.pause(number, random(), None) {
                    Some(pause) if Instant::now() + pause < self.until => sleep(pause).await,
                    _ => return Err(error),
                },
                other => return other,
            }
        }
        Err(self.too_slow())
    }

    /// What a server said, fit for a message.
    pub(crate) fn said(&self, text: &str) -> String {
        said::cut(&said::sanitised(text, self.secret()))
    }

    /// Nobody answered.
    pub(crate) fn unanswered(&self, reason: &str) -> CollectError {
        CollectError::Unanswered { endpoint: self.endpoint.clone(), reason: said::sanitised(reason, self.secret()) }
    }

    /// Whoever asks was refused.
    pub(crate) fn refused(&self, reason: &str) -> CollectError {
        CollectError::Refused { endpoint: self.endpoint.clone(), reason: said::sanitised(reason, self.secret()) }
    }

    /// The answer cannot be used.
    pub(crate) fn unusable(&self, reason: &str) -> CollectError {
        CollectError::Answer { endpoint: self.endpoint.clone(), reason: said::sanitised(reason, self.secret()) }
    }

    /// What is known before the first row.
    pub(crate) fn preamble(&self, facts: &Facts) -> Preamble {
        let query = &self.order.query;
        Preamble {
            asked: Asked {
                endpoint: self.endpoint.clone(),
                pages: Vec::new(),
                parameters: self.told(facts),
                query: query.name.clone(),
                query_digest: query.digest,
                query_text: query.text.clone(),
                query_version: query.version,
            },
            collected: Collected { executed_at: self.executed_at, executed_by: self.actor.clone() },
            collector: Collector {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            columns: query.evidence_columns(),
        }
    }

    // No parameter of the query has one of the other names.
    fn told(&self, facts: &Facts) -> BTreeMap<String, String> {
        let bound = self.parameters.of(&self.statement.names).map(|(name, value)| (name.to_owned(), value.text()));
        let mut told: BTreeMap<String, String> = bound.collect();
        told.extend(facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.clone())));
        told.insert("period_end".to_owned(), self.order.slot.period.end().to_string());
        told.insert("period_start".to_owned(), self.order.slot.period.start().to_string());
        told.insert("statement".to_owned(), self.statement.text.clone());
        told.insert("timeout_seconds".to_owned(), self.thinks.as_secs().to_string());
        told
    }
}

/// What a server has beyond the time it was given, to say itself that it was over.
pub(crate) const GRACE: Duration = Duration::from_secs(5);
