//! One invocation, from its payload to its answer.

use crate::{About, Clock, Failed, Metrics, Subject, caught};
use domain::{Failure, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{sync::Arc, time::Instant};

/// One invocation of a function.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The request's id. Lambda's own retry of an asynchronous invocation carries the same one.
    pub request_id: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// Where it measures.
    pub metrics: Arc<Metrics>,
}

/// A function as its answers know it.
pub(super) struct Served<S, H> {
    pub(super) name: &'static str,
    pub(super) metrics: Arc<Metrics>,
    /// What the function is prepared with, or why it cannot be: every invocation is told.
    pub(super) state: Result<S, Failed>,
    pub(super) handler: H,
}

impl<S, H> Served<S, H> {
    /// Answers one invocation, tells how it went in one line, and writes what was measured.
    pub(super) async fn answer<P, R>(&self, request_id: String, payload: Value) -> Result<Value, Failed>
    where
        P: DeserializeOwned + About,
        R: Serialize,
        H: AsyncFn(&S, P, Invocation) -> Result<R, Failed>,
    {
        let begun = Instant::now();
        let invocation = Invocation { request_id, begun_at: Clock::System.now(), metrics: Arc::clone(&self.metrics) };
        let request_id = invocation.request_id.clone();
        let parsed = parse::<P>(payload);
        let subject = parsed.as_ref().map(About::subject).unwrap_or_default();
        let answered = match parsed {
            Ok(payload) => self.handle(payload, invocation).await,
            Err(failed) => Err(failed),
        };
        self.tell(&request_id, &subject, begun, answered.as_ref().err());
        answered
    }

    async fn handle<P, R>(&self, payload: P, invocation: Invocation) -> Result<Value, Failed>
    where
        R: Serialize,
        H: AsyncFn(&S, P, Invocation) -> Result<R, Failed>,
    {
        let state = self.state.as_ref().map_err(Failed::clone)?;
        let handled = caught((self.handler)(state, payload, invocation)).await;
        let panicked = |text| Failed::new(Failure::Interrupted, format!("the function panicked: {text}"));
        let answer = handled.map_err(panicked)??;
        serde_json::to_value(answer).map_err(|error| Failed::input(format!("the answer has no JSON form: {error}")))
    }

    fn tell(&self, request_id: &str, subject: &Subject, begun: Instant, failed: Option<&Failed>) {
        let function = self.name;
        let run_id = subject.run.as_ref().map(domain::RunId::as_str);
        let control = subject.control.as_ref().map(domain::ControlId::as_str);
        let seconds = begun.elapsed().as_secs_f64();
        match failed {
            None => tracing::info!(function, request_id, run_id, control, seconds, "done"),
            Some(Failed { failure, message }) => {
                let failure = failure.name();
                tracing::error!(function, request_id, run_id, control, seconds, failure, "{message}");
                self.metrics.count("Errors", &[("Function", function), ("Failure", failure)], 1);
            }
        }
        if let Err(error) = self.metrics.write(Clock::System.now(), &mut std::io::stdout().lock()) {
            tracing::warn!(function, request_id, "the metrics could not be written: {error}");
        }
    }
}

fn parse<P: DeserializeOwned>(payload: Value) -> Result<P, Failed> {
    serde_path_to_error::deserialize(payload).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { "its top".to_owned() } else { path };
        Failed::input(format!("the input cannot be read at {place}: {}", error.inner()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{CollectionRequest, ReportRequest};
    use serde_json::json;

    fn served<H>(state: Result<u64, Failed>, handler: H) -> Served<u64, H> {
        Served { name: "snapshot", metrics: Arc::new(Metrics::new("dev")), state, handler }
    }

    fn request() -> Value {
        json!({"run_id": "run-1", "tenant": "acme", "framework": "soc2", "requested_by": "ana@acme.example",
            "period": {"start": "2026-07-01T00:00:00Z", "end": "2026-08-01T00:00:00Z"}})
    }

    #[tokio::test]
    async fn an_answer_comes_from_the_handler_with_what_was_prepared_once() {
        let served = served(Ok(7), async |state: &u64, request: ReportRequest, invocation: Invocation| {
            Ok(json!([state, request.run_id, invocation.request_id]))
        });
        for _ in 0..2 {
            let answer = served.answer("r-1".to_owned(), request()).await;
            assert_eq!(answer, Ok(json!([7, "run-1", "r-1"])));
        }
    }

    #[tokio::test]
    async fn an_input_that_cannot_be_read_says_where_and_is_not_handled() {
        let served = served(Ok(7), async |_: &u64, _: ReportRequest, _| -> Result<u64, Failed> { panic!() });
        let mut wrong = request();
        wrong["period"]["end"] = json!("tomorrow");
        let failed = served.answer("r-1".to_owned(), wrong).await.unwrap_err();
        assert_eq!(failed.failure, Failure::InvalidInput);
        assert!(failed.message.contains("cannot be read at period.end: "), "{failed}");
        let failed = served.answer("r-1".to_owned(), json!({"run_id": "run-1"})).await.unwrap_err();
        assert!(failed.message.contains("tenant"), "{failed}");
    }

    #[tokio::test]
    async fn a_panic_fails_its_invocation_and_the_next_one_is_answered() {
        let served = served(Ok(7), async |_: &u64, request: ReportRequest, _| match request.tenant.as_str() {
            "acme" => Ok(1),
            other => panic!("no {other}"),
        });
        let mut other = request();
        other["tenant"] = json!("globex");
        let failed = served.answer("r-1".to_owned(), other).await.unwrap_err();
        assert_eq!(failed, Failed::new(Failure::Interrupted, "the function panicked: no globex"));
        assert_eq!(served.answer("r-2".to_owned(), request()).await, Ok(json!(1)));
    }

    #[tokio::test]
    async fn a_function_that_could_not_be_prepared_tells_every_invocation_why() {
        let broken = Failed::input("the environment variable EXHIBIT_BUCKET is not set");
        let served = served(Err(broken.clone()), async |_: &u64, _: CollectionRequest, _| Ok(1));
        let event = json!({"control": "leavers", "requested_by": "ana@acme.example"});
        assert_eq!(served.answer("r-1".to_owned(), event).await, Err(broken));
    }
}
