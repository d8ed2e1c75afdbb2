//! What the tests stand on: addresses, people, calls to AWS, and the levers of the emulated one.

use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};
use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig},
};

/// What `xtask/src/e2e/prepare.py` found out.
#[derive(Deserialize)]
pub struct Addresses {
    endpoint: String,
    pub api: String,
    pub bucket: String,
    pub table: String,
    pub state_machine: String,
    pub signing_key: String,
    dead_letters: String,
    /// What the name of each function begins with.
    functions: String,
    /// By tenant and role.
    tokens: BTreeMap<String, BTreeMap<String, String>>,
}

/// The deployment, from outside.
pub struct World {
    pub at: Addresses,
    http: Agent,
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

// Killing a function's processes must not meet other tests that use it.
static QUIET: RwLock<()> = RwLock::new(());

/// Held by tests that may run beside others. One that failed is no reason for others to fail.
pub fn beside_others() -> RwLockReadGuard<'static, ()> {
    QUIET.read().unwrap_or_else(PoisonError::into_inner)
}

/// Held by tests that have the deployment to themselves.
pub fn alone() -> RwLockWriteGuard<'static, ()> {
    QUIET.write().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub fn new() -> Self {
        let path = std::env::var("EXHIBIT_E2E").expect("run by cargo xtask e2e, which says where things are");
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let http = Agent::config_builder().tls_config(tls).http_status_as_error(false).build();
        Self { at: serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(), http: Agent::new_with_config(http) }
    }

    /// The token of somebody, `engineer@acme`.
    pub fn token(&self, who: &str) -> String {
        let (role, tenant) = who.split_once('@').unwrap();
        self.at.tokens[tenant][role].clone()
    }

    /// What the API answers to somebody.
    pub fn get(&self, who: &str, path: &str) -> Answer {
        self.get_with(Some(&self.token(who)), path)
    }

    /// The status and the bytes that the API answers to somebody.
    pub fn bytes(&self, who: &str, path: &str) -> (u16, Vec<u8>) {
        let request = self.http.get(format!("{}{path}", self.at.api));
        let mut answer = request.header("authorization", format!("Bearer {}", self.token(who))).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap())
    }

    /// What the API answers to this token, or to none.
    pub fn get_with(&self, token: Option<&str>, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.at.api));
        let header = token.map(|token| format!("Bearer {token}"));
        answer(header.iter().fold(request, |request, header| request.header("authorization", header)).call())
    }

    pub fn post(&self, who: &str, path: &str, key: Option<&str>, body: &Value) -> Answer {
        let request = self.http.post(format!("{}{path}", self.at.api));
        let request = request.header("authorization", format!("Bearer {}", self.token(who)));
        answer(key.iter().fold(request, |request, key| request.header("idempotency-key", *key)).send_json(body))
    }

    /// PUT of bytes.
    pub fn put(&self, who: &str, path: &str, body: &[u8]) -> Answer {
        self.put_of(who, path, "application/octet-stream", body)
    }

    /// PUT of a JSON text.
    pub fn put_json(&self, who: &str, path: &str, body: &str) -> Answer {
        self.put_of(who, path, "application/json", body.as_bytes())
    }

    fn put_of(&self, who: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let request = self.http.put(format!("{}{path}", self.at.api)).header("content-type", kind);
        answer(request.header("authorization", format!("Bearer {}", self.token(who))).send(body))
    }

    /// The status and the bytes behind a link, asked for by nobody in particular.
    pub fn follow(&self, url: &str) -> (u16, Vec<u8>) {
        let mut answer = self.http.get(url).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap())
    }

    /// The physical name of a function.
    pub fn name(&self, function: &str) -> String {
        format!("{}{function}", self.at.functions)
    }

    /// What AWS answers to the account itself, with boto3.
    pub fn aws(&self, service: &str, method: &str, arguments: Value) -> Value {
        let order = json!({"as": null, "service": service, "method": method, "arguments": arguments});
        let answer = self.pull("call", &order);
        assert_eq!(answer["refused"], Value::Null, "{service} {method}: {answer}");
        answer["answer"].clone()
    }

    /// The error code with which AWS refuses `arguments` to the role of `function` (or, when there is none, to the account
    /// itself), or none.
    pub fn refused(&self, function: Option<&str>, service: &str, method: &str, arguments: &Value) -> Option<String> {
        self.refusal(&json!({"as": function.map(|function| self.name(function)), "service": service, "method": method,
            "arguments": arguments}))
    }

    /// The same over HTTP without TLS.
    pub fn refused_plain(&self, function: &str, service: &str, method: &str, arguments: &Value) -> Option<String> {
        self.refusal(&json!({"as": self.name(function), "service": service, "method": method, "arguments": arguments,
            "plain": true}))
    }

    fn refusal(&self, order: &Value) -> Option<String> {
        self.pull("call", order)["refused"].as_str().map(str::to_owned)
    }

    /// Invokes a function without waiting for its answer, as rules and api-write do.
    pub fn send(&self, function: &str, event: &Value) {
        let arguments =
            json!({"FunctionName": self.name(function), "InvocationType": "Event", "Payload": event.to_string()});
        self.aws("lambda", "invoke", arguments);
    }

    /// Invokes a function and gives what it answered.
    pub fn invoke(&self, function: &str, event: &Value) -> Value {
        let arguments = json!({"FunctionName": self.name(function), "Payload": event.to_string()});
        let answer = self.aws("lambda", "invoke", arguments);
        assert_eq!(answer["FunctionError"], Value::Null, "{answer}");
        serde_json::from_str(answer["Payload"].as_str().unwrap()).unwrap()
    }

    /// Pulls a lever of the emulated AWS (`xtask/src/e2e/levers.py`).
    pub fn pull(&self, lever: &str, order: &Value) -> Value {
        let answer = answer(self.http.post(format!("{}/_e2e/{lever}", self.at.endpoint)).send_json(order));
        assert_eq!(answer.status, 200, "{order}: {answer:?}");
        answer.body
    }

    /// What the lever `interrupt` saw: the calls of the function, and how many processes it killed.
    pub fn seen(&self) -> (Vec<String>, u64) {
        let answer = answer(self.http.get(format!("{}/_e2e/interrupt", self.at.endpoint)).call());
        let calls = answer.body["calls"].as_array().unwrap().iter().map(|call| call.as_str().unwrap().to_owned());
        (calls.collect(), answer.body["killed"].as_u64().unwrap())
    }

    /// The bodies in the dead-letter queue. The emulated AWS shows them without receiving them.
    pub fn dead_letters(&self) -> Vec<Value> {
        let answer = answer(self.http.get(format!("{}/_ministack/sqs/messages", self.at.endpoint)).call());
        let mut found = Vec::new();
        gather_bodies(&answer.body, &self.at.dead_letters, false, &mut found);
        found
    }

    /// Sort keys and bodies of a partition of the table.
    pub fn records(&self, partition: &str) -> Vec<(String, Value)> {
        let arguments = json!({"TableName": self.at.table, "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": {"#p": "partition"}, "ExpressionAttributeValues": {":p": {"S": partition}}});
        let answer = self.aws("dynamodb", "query", arguments);
        assert_eq!(answer["LastEvaluatedKey"], Value::Null, "more than a page");
        let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap().to_owned();
        let items = answer["Items"].as_array().unwrap().iter();
        items.map(|item| (text(item, "sort"), serde_json::from_str(&text(item, "body")).unwrap())).collect()
    }

    /// How many versions of objects there are below a key prefix, and how many delete markers.
    pub fn versions(&self, prefix: &str) -> (usize, usize) {
        let listed = self.aws("s3", "list_object_versions", json!({"Bucket": self.at.bucket, "Prefix": prefix}));
        let count = |name: &str| listed[name].as_array().map_or(0, Vec::len);
        (count("Versions"), count("DeleteMarkers"))
    }
}

// The answer is grouped by account, region and queue.
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
pub fn eventually<T>(what: &str, seconds: u64, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(seconds), "{what}: not within {seconds} seconds");
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// The `exhibit` command that was built beside the functions.
pub fn program() -> String {
    std::env::var("EXHIBIT_PROGRAM").expect("run by cargo xtask e2e")
}
