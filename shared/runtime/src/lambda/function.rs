//! A function of the deployment.

use super::{Clients, Error, Invocation, answer::Served, logs};
use crate::{About, Clock, Environment, Failed, Metrics, random_token, read_catalog};
use catalog::Catalog;
use domain::Actor;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::sync::Arc;
use storage::{AwsStores, FaultHook, Storage};

/// A function of the deployment, before it answers: its name and what its environment gives.
#[derive(Debug)]
pub struct Function {
    /// Its name, as in `functions/<name>`.
    pub name: &'static str,
    /// Its variables.
    pub environment: Environment,
    /// Where it measures.
    pub metrics: Arc<Metrics>,
}

impl Function {
    /// Begins logging. Asks nobody and cannot fail: what is missing is told when it is asked for.
    pub fn start(name: &'static str) -> Self {
        let environment = Environment::of_process();
        logs::begin(environment.log_level());
        let metrics = Arc::new(Metrics::new(environment.stage().unwrap_or("unknown")));
        Self { name, environment, metrics }
    }

    /// The clients of AWS. One set a process: they share their connections.
    pub async fn clients(&self) -> Clients {
        Clients::of_process(&self.environment).await
    }

    /// Where evidence is kept.
    pub fn storage(&self, clients: &Clients) -> Result<Storage, Failed> {
        let place = self.environment.storage().map_err(Failed::input)?;
        let stores = AwsStores {
            s3: clients.s3(),
            dynamodb: clients.dynamodb(),
            bucket: place.bucket,
            drafts_bucket: place.drafts_bucket,
            table: place.table,
            key: place.key,
            owner: format!("{}-{}", self.name, random_token()),
        };
        Ok(Storage::aws(stores, FaultHook::none()))
    }

    /// Under which name it acts, where nobody asked it to: `lambda:exhibit-dev-seal`.
    pub fn actor(&self) -> Result<Actor, Failed> {
        let name = self.environment.function_name().unwrap_or(self.name);
        Actor::new(format!("lambda:{name}")).map_err(Failed::input)
    }

    /// The catalog that is packaged beside the program.
    pub fn catalog(&self) -> Result<Catalog, Failed> {
        read_catalog(&self.environment.catalog().map_err(Failed::input)?).map_err(Failed::input)
    }

    /// Counts a failure of this name, for functions that answer requests and not invocations.
    pub fn count_error(&self, failure: &str) {
        self.metrics.count("Errors", &[("Function", self.name), ("Failure", failure)], 1);
        if let Err(error) = self.metrics.write(Clock::System.now(), &mut std::io::stdout().lock()) {
            tracing::warn!(function = self.name, "the metrics could not be written: {error}");
        }
    }

    /// Answers invocations until the process is ended. `state` is what was prepared once; where that failed, every
    /// invocation is told so, because a process that ends at its start tells its caller nothing.
    pub async fn serve<S, P, R, H>(self, state: Result<S, Failed>, handler: H) -> Result<(), Error>
    where
        P: DeserializeOwned + About,
        R: Serialize,
        H: AsyncFn(&S, P, Invocation) -> Result<R, Failed>,
    {
        let served = Arc::new(Served { name: self.name, metrics: self.metrics, state, handler });
        let answer = move |event: LambdaEvent<Value>| {
            let served = Arc::clone(&served);
            // Boxed, or the types of all that a function waits for would be one type, which the compiler gives up on.
            Box::pin(async move { served.answer(event.context.request_id, event.payload).await })
        };
        Runtime::new(service_fn(answer)).run().await
    }
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        Diagnostic { error_type: failed.failure.name().to_owned(), error_message: failed.message }
    }
}
