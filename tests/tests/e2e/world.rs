//! What the tests stand on: addresses, people, clients of AWS, and the levers of the emulated one.

use aws_config::BehaviorVersion;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    future::Future,
    sync::OnceLock,
    time::{Duration, Instant},
};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig},
};

/// What `xtask/src/e2e/prepare.py` found out.
#[derive(Deserialize)]
pub struct Addresses {
    pub endpoint: String,
    pub api: String,
    pub bucket: String,
    pub table: String,
    pub sources_bucket: String,
    pub state_machine: String,
    pub dead_letters: String,
    /// What the name of each function begins with.
    pub functions: String,
    /// By tenant and role.
    tokens: BTreeMap<String, BTreeMap<String, String>>,
}

/// The deployment, from outside.
pub struct World {
    pub at: Addresses,
    pub s3: aws_sdk_s3::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub events: aws_sdk_eventbridge::Client,
    pub functions: aws_sdk_lambda::Client,
    pub executions: aws_sdk_sfn::Client,
    http: Agent,
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

// Killing a function's processes must not meet other tests that use it.
static QUIET: RwLock<()> = RwLock::const_new(());

/// Held by tests that may run beside others.
pub async fn beside_others() -> RwLockReadGuard<'static, ()> {
    QUIET.read().await
}

/// Held by tests that have the deployment to themselves.
pub async fn alone() -> RwLockWriteGuard<'static, ()> {
    QUIET.write().await
}

impl World {
    pub async fn new() -> Self {
        let path = std::env::var("EXHIBIT_E2E").expect("run by cargo xtask e2e, which says where things are");
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http).load().await;
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent = Agent::config_builder().tls_config(tls).http_status_as_error(false);
        Self {
            at: serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(),
            s3: aws_sdk_s3::Client::from_conf(s3),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            events: aws_sdk_eventbridge::Client::new(&config),
            functions: aws_sdk_lambda::Client::new(&config),
            executions: aws_sdk_sfn::Client::new(&config),
            http: Agent::new_with_config(agent.build()),
        }
    }

    /// The token of somebody, `engineer@acme`.
    pub fn token(&self, who: &str) -> String {
        let (role, tenant) = who.split_once('@').unwrap();
        self.at.tokens[tenant][role].clone()
    }

    pub fn get(&self, who: &str, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.at.api));
        answer(request.header("authorization", format!("Bearer {}", self.token(who))).call())
    }

    pub fn post(&self, who: &str, path: &str, key: Option<&str>, body: &Value) -> Answer {
        let request = self.http.post(format!("{}{path}", self.at.api));
        let request = request.header("authorization", format!("Bearer {}", self.token(who)));
        let request = key.iter().fold(request, |request, key| request.header("idempotency-key", *key));
        answer(request.send_json(body))
    }

    /// The status and the bytes behind a link, asked for by nobody.
    pub fn follow(&self, url: &str) -> (u16, Vec<u8>) {
        let mut answer = self.http.get(url).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap())
    }

    /// Without a token.
    pub fn knock(&self, path: &str) -> Answer {
        answer(self.http.get(format!("{}{path}", self.at.api)).call())
    }

    /// With this text as a token.
    pub fn get_with(&self, token: &str, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.at.api));
        answer(request.header("authorization", format!("Bearer {token}")).call())
    }

    /// Pulls a lever of the emulated AWS (`xtask/src/e2e/levers.py`).
    pub fn pull(&self, lever: &str, order: &Value) {
        let answer = answer(self.http.post(format!("{}/_e2e/{lever}", self.at.endpoint)).send_json(order));
        assert_eq!(answer.status, 200);
    }

    /// What the lever `interrupt` saw: the calls of the function, and how many processes it killed.
    pub fn seen(&self) -> (Vec<String>, u64) {
        let answer = answer(self.http.get(format!("{}/_e2e/interrupt", self.at.endpoint)).call());
        let calls = answer.body["calls"].as_array().unwrap().iter().map(|call| call.as_str().unwrap().to_owned());
        (calls.collect(), answer.body["killed"].as_u64().unwrap())
    }

    /// The physical name of a function.
    pub fn name(&self, function: &str) -> String {
        format!("{}{function}", self.at.functions)
    }

    /// Invokes a function without waiting for its answer, as rules and api-write do.
    pub async fn send(&self, function: &str, event: &Value) {
        let request = self.functions.invoke().function_name(self.name(function));
        let event = aws_sdk_lambda::primitives::Blob::new(event.to_string());
        request.invocation_type("Event".into()).payload(event).send().await.unwrap();
    }

    /// Invokes a function and gives what it answered, or the failure that it ended with.
    pub async fn invoke(&self, physical_name: &str, event: &Value) -> Result<Value, Value> {
        let event = aws_sdk_lambda::primitives::Blob::new(event.to_string());
        let answer = self.functions.invoke().function_name(physical_name).payload(event).send().await.unwrap();
        let body = serde_json::from_slice(answer.payload().map(|payload| payload.as_ref()).unwrap_or(b"null")).unwrap();
        if answer.function_error().is_some() { Err(body) } else { Ok(body) }
    }

    /// The error code with which AWS refuses `arguments` to the role of `function`, or none.
    pub async fn refused(&self, function: &str, service: &str, method: &str, arguments: Value) -> Option<String> {
        self.probe(function, json!({"service": service, "method": method, "arguments": arguments})).await
    }

    /// The same over HTTP without TLS.
    pub async fn refused_plain(&self, function: &str, service: &str, method: &str, arguments: Value) -> Option<String> {
        self.probe(function, json!({"service": service, "method": method, "arguments": arguments, "plain": true})).await
    }

    async fn probe(&self, function: &str, event: Value) -> Option<String> {
        let answer = self.invoke(&format!("probe-{}", self.name(function)), &event).await.unwrap();
        answer["refused"].as_str().map(str::to_owned)
    }

    /// The bodies in the dead-letter queue. The emulated AWS shows them without receiving them.
    pub fn dead_letters(&self) -> Vec<Value> {
        let answer = answer(self.http.get(format!("{}/_ministack/sqs/messages", self.at.endpoint)).call());
        let mut found = Vec::new();
        gather_bodies(&answer.body, &self.at.dead_letters, false, &mut found);
        found
    }
}

// The answer is grouped by account and queue; only the queue's name is ours to know.
fn gather_bodies(value: &Value, queue: &str, inside: bool, found: &mut Vec<Value>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if inside && name == "Body" {
                    found.push(serde_json::from_str(member.as_str().unwrap()).unwrap());
                }
                gather_bodies(member, queue, inside || name.ends_with(queue), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather_bodies(item, queue, inside, found)),
        _ => {}
    }
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = result.unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    Answer { status: response.status().as_u16(), body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

/// Asks until there is an answer, for a while.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, seconds: u64, mut ask: impl FnMut() -> F) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(seconds), "{what}: not within {seconds} seconds");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// The world, made once for each test: the clients belong to the test's own runtime.
pub static PROGRAM: OnceLock<String> = OnceLock::new();

/// The `exhibit` command that was built beside the functions.
pub fn program() -> &'static str {
    PROGRAM.get_or_init(|| std::env::var("EXHIBIT_PROGRAM").expect("run by cargo xtask e2e"))
}
