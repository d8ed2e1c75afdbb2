//! An engine that holds documents, as far as a search at a point in time sees it: pages by `search_after` and `after_key`.

use super::server::{Answer, Asked, Server};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Which engine it says to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Elasticsearch,
    Opensearch,
}

/// What it remembers.
#[derive(Debug, Default)]
pub struct State {
    pub opened: usize,
    pub closed: Vec<String>,
    pub searches: usize,
}

/// Changes an answer of a search before it is given: the second argument is how many there were before.
pub type Twist = dyn Fn(&mut Value, usize) -> Option<Answer> + Send + Sync;

pub struct Engine {
    pub server: Server,
    pub state: Arc<Mutex<State>>,
}

/// Documents with a user, an outcome and an instant, in their order; some instants are the same.
pub fn documents(count: u64) -> Vec<Value> {
    (0..count)
        .map(|id| {
            let outcome = if id % 5 == 0 { "failure" } else { "success" };
            json!({ "id": format!("d{id:06}"), "at": 1_782_864_000_000_000_123_u64 + id / 3, "user": format!("u{}", id % 7), "outcome": outcome })
        })
        .collect()
}

pub fn info(kind: Kind) -> Value {
    match kind {
        Kind::Elasticsearch => {
            json!({ "tagline": "You Know, for Search", "version": { "number": "8.17.0", "build_flavor": "default" } })
        }
        Kind::Opensearch => json!({
            "tagline": "The OpenSearch Project: https://opensearch.org/",
            "version": { "number": "2.19.1", "distribution": "opensearch" },
        }),
    }
}

impl Engine {
    pub fn start(kind: Kind, count: u64) -> Self {
        Self::twisted(kind, count, |_, _| None)
    }

    pub fn twisted(
        kind: Kind,
        count: u64,
        twist: impl Fn(&mut Value, usize) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let (state, documents) = (Arc::new(Mutex::new(State::default())), documents(count));
        let kept = Arc::clone(&state);
        let server = Server::start(move |asked, _| answer(kind, &documents, &kept, asked, &twist));
        Self { server, state }
    }

    /// How many points in time were opened, and how many are open still.
    pub fn points(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        (state.opened, state.opened - state.closed.len())
    }
}

fn answer(kind: Kind, documents: &[Value], state: &Mutex<State>, asked: &Asked, twist: &Twist) -> Answer {
    let (open, close) = match kind {
        Kind::Elasticsearch => ("/auth-%2A,logs/_pit", "/_pit"),
        Kind::Opensearch => ("/auth-%2A,logs/_search/point_in_time", "/_search/point_in_time"),
    };
    let is_open = |path: &str| path.eq_ignore_ascii_case(open) || path.replace("%2D", "-").eq_ignore_ascii_case(open);
    let mut state = state.lock().unwrap();
    match (asked.method.as_str(), asked.path()) {
        ("GET", "/") => Answer::json(info(kind).to_string()),
        ("POST", path) if is_open(path) => {
            assert_eq!(asked.parameter("keep_alive").unwrap(), "5m");
            state.opened += 1;
            let member = if kind == Kind::Elasticsearch { "id" } else { "pit_id" };
            Answer::json(json!({ member: format!("point+{}", state.opened), "_shards": shards() }).to_string())
        }
        ("DELETE", path) if path == close => {
            state.closed.push(asked.body.clone());
            Answer::json("{\"succeeded\":true}")
        }
        ("POST", "/_search") => {
            let before = state.searches;
            state.searches += 1;
            let mut found = search(documents, &serde_json::from_str(&asked.body).unwrap(), state.opened, kind);
            twist(&mut found, before).unwrap_or_else(|| Answer::json(found.to_string()))
        }
        other => panic!("{other:?}"),
    }
}

fn shards() -> Value {
    json!({ "total": 3, "successful": 3, "skipped": 1, "failed": 0 })
}

fn search(documents: &[Value], body: &Value, opened: usize, kind: Kind) -> Value {
    let id = body["pit"]["id"].as_str().unwrap();
    assert!(id.starts_with(&format!("point+{opened}")), "{id}");
    assert_eq!((&body["track_total_hits"], &body["pit"]["keep_alive"]), (&json!(true), &json!("5m")));
    let mut answer = json!({ "took": 3, "timed_out": false, "_shards": shards(), "pit_id": format!("{id}+") });
    let total = json!({ "value": documents.len(), "relation": "eq" });
    match body.get("aggs").and_then(Value::as_object).and_then(|aggregations| aggregations.iter().next()) {
        None => answer["hits"] = json!({ "total": total, "hits": hits(documents, body, kind) }),
        Some((name, aggregation)) => {
            assert_eq!(body["size"], 0);
            answer["hits"] = json!({ "total": total, "hits": [] });
            answer["aggregations"] = json!({ name.as_str(): buckets(documents, &aggregation["composite"]) });
        }
    }
    answer
}

fn sort_of(document: &Value, body: &Value, kind: Kind) -> Vec<Value> {
    let fields = body["sort"].as_array().unwrap().iter();
    let fields = fields.map(|field| {
        field.as_str().map_or_else(|| field.as_object().unwrap().keys().next().unwrap().clone(), str::to_owned)
    });
    let value = |field: String| match field.as_str() {
        "@timestamp" => document["at"].clone(),
        "_shard_doc" | "_id" => document["id"].clone(),
        other => panic!("{other}"),
    };
    let mut sort: Vec<Value> = fields.map(value).collect();
    // Elasticsearch tells documents apart by itself at a point in time.
    if kind == Kind::Elasticsearch {
        sort.push(document["id"].clone());
    }
    sort
}

fn rank(sort: &[Value]) -> Vec<(u64, String)> {
    sort.iter()
        .map(|value| (value.as_u64().unwrap_or_default(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}

fn hits(documents: &[Value], body: &Value, kind: Kind) -> Vec<Value> {
    let mut found: Vec<(Vec<Value>, &Value)> =
        documents.iter().map(|document| (sort_of(document, body, kind), document)).collect();
    found.sort_by_key(|(sort, _)| rank(sort));
    let after = body.get("search_after").and_then(Value::as_array).map(|after| rank(after));
    let rest = found.into_iter().filter(|(sort, _)| after.as_ref().is_none_or(|after| rank(sort) > *after));
    let page = rest.take(body["size"].as_u64().unwrap() as usize);
    page.map(|(sort, document)| json!({ "_id": document["id"], "_source": document, "sort": sort })).collect()
}

fn buckets(documents: &[Value], composite: &Value) -> Value {
    let names: Vec<String> = composite["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| source.as_object().unwrap().keys().next().unwrap().clone())
        .collect();
    let mut all: BTreeMap<Vec<String>, u64> = BTreeMap::new();
    for document in documents {
        let key = names.iter().map(|name| document[name].as_str().unwrap().to_owned()).collect();
        *all.entry(key).or_default() += 1;
    }
    let after = composite
        .get("after")
        .map(|after| names.iter().map(|name| after[name].as_str().unwrap().to_owned()).collect::<Vec<_>>());
    let rest = all.into_iter().filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
    let object =
        |key: &[String]| names.iter().cloned().zip(key.iter().cloned().map(Value::from)).collect::<Map<_, _>>();
    let page: Vec<(Vec<String>, u64)> = rest.take(composite["size"].as_u64().unwrap() as usize).collect();
    let mut found = json!({ "buckets": page.iter().map(|(key, count)| json!({ "key": object(key), "doc_count": count, "addresses": { "value": 2 } })).collect::<Vec<_>>() });
    if let Some((key, _)) = page.last() {
        found["after_key"] = object(key).into();
    }
    found
}
