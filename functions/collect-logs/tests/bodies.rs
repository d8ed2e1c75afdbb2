//! Searches that are asked as a body: every hit and every bucket, at one point in time, or nothing.
#![cfg(test)]

mod support;

use domain::Failure;
use serde_json::{Value, json};
use std::time::Duration;
use support::{Answer, Engine, Kind, Place, SECRET, Server, order, try_order};

const BOTH: [Kind; 2] = [Kind::Elasticsearch, Kind::Opensearch];

fn source(kind: Kind, address: &str) -> String {
    let engine = if kind == Kind::Elasticsearch { "elasticsearch" } else { "opensearch" };
    format!(
        "engine = \"{engine}\"\naddress = \"{address}\"\nprivate = true\n\
         [authentication]\nscheme = \"basic\"\nuser = \"ana\"\nsecret = \"token\"\n[values]\nwho = 'o\"brien'\n"
    )
}

fn column(name: &str, kind: &str, from: &str) -> String {
    format!("[[column]]\nname = \"{name}\"\nkind = \"{kind}\"\nfrom = \"{from}\"\n")
}

fn hits(body: &str) -> String {
    let columns = column("id", "text", "_id") + &column("user", "text", "_source.user");
    format!("[logs]\nplace = [\"auth-*\", \"logs\"]\n[logs.body]\n{body}{columns}")
}

fn buckets(inside: &str) -> String {
    let columns = column("user", "text", "key.user")
        + &column("outcome", "text", "key.outcome")
        + &column("events", "integer", "doc_count")
        + &column("addresses", "integer", "addresses.value");
    format!(
        "[logs]\nplace = [\"auth-*\", \"logs\"]\n[logs.body]\nquery.range.\"@timestamp\" = {{ gte = \"{{period_start}}\", lt = \"{{period_end}}\" }}\n\
         [logs.body.aggs.by.composite]\n{inside}sources = [{{ user.terms.field = \"user.name\" }}, {{ outcome.terms.field = \"event.outcome\" }}]\n\
         [logs.body.aggs.by.aggs]\naddresses.cardinality.field = \"source.ip\"\n{columns}"
    )
}

fn ids(count: u64) -> Vec<String> {
    (0..count).map(|id| format!("d{id:06}")).collect()
}

#[tokio::test]
async fn every_hit_comes_page_by_page_and_the_point_in_time_is_closed() {
    for kind in BOTH {
        for (count, size) in [(25, 10), (20, 10), (1, 10), (0, 10), (23, 1)] {
            for sort in ["", "sort = [{ \"@timestamp\" = \"asc\" }]\n", "sort = \"@timestamp\"\n"] {
                let engine = Engine::start(kind, count);
                let query = hits(&format!("size = {size}\n{sort}"));
                let evidence = Place::new().evidence(&order(&source(kind, &engine.server.address), &query)).await;
                assert_eq!(evidence.column("id"), ids(count), "{kind:?} {count} {size} {sort}");
                assert_eq!(evidence.header.totals.source_count, Some(count));
                assert_eq!(engine.points(), (1, 0));
            }
        }
    }
}

#[tokio::test]
async fn the_evidence_tells_what_was_asked_and_what_the_engine_says_of_it() {
    let engine = Engine::start(Kind::Opensearch, 25);
    let query = hits("size = 10\nquery.term.\"user.name\" = \"{who}\"\n");
    let evidence = Place::new().evidence(&order(&source(Kind::Opensearch, &engine.server.address), &query)).await;
    let told = &evidence.header.asked.parameters;
    for (name, value) in [
        ("engine", "opensearch 2.19.1"),
        ("place", "auth-*,logs"),
        ("total.hits", "25"),
        ("took_milliseconds", "9"),
        ("period_start", "2026-07-01T00:00:00Z"),
    ] {
        assert_eq!(told[name], value);
    }
    let body: Value = serde_json::from_str(&told["body"]).unwrap();
    assert_eq!(body["query"]["term"]["user.name"], "o\"brien");
    assert_eq!(body["sort"], json!([{ "_id": "asc" }]));
    let pages: Vec<_> =
        evidence.header.asked.pages.iter().map(|page| page.replace(&engine.server.address, "")).collect();
    let search = |page: u32| format!("/_search?allow_partial_search_results=false#page={page}");
    assert_eq!(pages[0], "/");
    assert!(pages[1].ends_with("point_in_time?allow_partial_pit_creation=false&keep_alive=5m"), "{}", pages[1]);
    assert_eq!(pages[2..], [search(1), search(2), search(3)]);
    assert!(evidence.header.asked.endpoint.starts_with("POST http://127.0.0.1"));
    // What an answer goes on from is sent back as it came, and the newest name of the point in time with it.
    let asked = engine.server.asked();
    let last: Value =
        serde_json::from_str(&asked.iter().rev().find(|asked| asked.path() == "/_search").unwrap().body).unwrap();
    assert_eq!(last["pit"]["id"], "point+1++");
    assert_eq!(engine.state.lock().unwrap().closed, ["{\"pit_id\":[\"point+1+++\"]}"]);
}

#[tokio::test]
async fn every_bucket_of_a_composite_comes() {
    for kind in BOTH {
        for size in ["", "size = 14\n", "size = 3\n", "size = 1\n"] {
            let engine = Engine::start(kind, 70);
            let query = buckets(size);
            let evidence = Place::new().evidence(&order(&source(kind, &engine.server.address), &query)).await;
            let users: Vec<String> = (0..7).flat_map(|user| [format!("u{user}"), format!("u{user}")]).collect();
            assert_eq!(evidence.column("user"), users);
            let events: u64 = evidence.column("events").iter().map(|count| count.parse::<u64>().unwrap()).sum();
            assert_eq!((events, evidence.column("addresses")[0].as_str()), (70, "2"));
            assert_eq!(evidence.header.asked.parameters["total.hits"], "70");
            assert_eq!((engine.points(), evidence.header.totals.source_count), ((1, 0), None));
            assert_eq!(evidence.column("outcome")[..2], ["failure", "success"]);
        }
    }
}

#[tokio::test]
async fn a_point_in_time_that_ended_is_opened_anew_once_and_all_is_asked_again() {
    let gone = || Answer { status: 404, ..Answer::json("{\"error\":{\"type\":\"search_context_missing_exception\"}}") };
    for kind in BOTH {
        let engine = Engine::twisted(kind, 25, move |_, before| (before == 1).then(gone));
        let evidence = Place::new().evidence(&order(&source(kind, &engine.server.address), &hits("size = 10\n"))).await;
        assert_eq!((evidence.column("id"), engine.points()), (ids(25), (2, 0)));
        assert_eq!((evidence.raw.len(), evidence.header.asked.parameters["took_milliseconds"].as_str()), (5, "9"));
        let always = Engine::twisted(kind, 25, move |_, before| (before % 2 == 1).then(gone));
        let (failure, message) =
            Place::new().refusal(&order(&source(kind, &always.server.address), &hits("size = 10\n"))).await;
        assert!(failure == Failure::SourceUnavailable && message.contains("point in time ended"), "{message}");
        assert_eq!(always.points(), (2, 0));
    }
}

#[tokio::test]
async fn an_answer_to_which_a_part_did_not_contribute_is_refused() {
    let failed = json!({ "total": 3, "successful": 2, "skipped": 0, "failed": 1,
        "failures": [{ "shard": 0, "reason": { "type": "x", "reason": format!("node left {SECRET}") } }] });
    let changes: [(&str, Value, &str); 11] = [
        ("/timed_out", json!(true), "stopped before it had searched all"),
        ("/terminated_early", json!(true), "stopped before it had searched all"),
        ("/timed_out", json!("no"), "neither true nor false"),
        ("/_shards", failed, "2 of 3 shards answered, and 1 failed"),
        ("/_shards", json!({ "total": 3, "successful": 2, "failed": 0 }), "2 of 3 shards answered"),
        ("/_shards", json!({ "total": 0, "successful": 0, "failed": 0 }), "no index of these names"),
        ("/_shards", json!({}), "no count at _shards.total"),
        ("/_clusters", json!({ "total": 2, "successful": 1, "skipped": 1 }), "1 of its clusters are skipped"),
        ("/_clusters", json!({ "total": 2, "successful": 1, "partial": 1 }), "1 of its clusters are partial"),
        ("/hits/total", json!({ "value": 10_000, "relation": "gte" }), "only a lower bound"),
        ("/hits/total", json!({ "value": 24, "relation": "eq" }), "its total changes"),
    ];
    for (place, value, told) in changes {
        // On the second page, so that the first was taken already.
        let engine = Engine::twisted(Kind::Elasticsearch, 25, move |answer, before| {
            if before == 1 {
                let (holder, member) = place.rsplit_once('/').unwrap();
                answer.pointer_mut(holder).unwrap()[member] = value.clone();
            }
            None
        });
        let order = order(&source(Kind::Elasticsearch, &engine.server.address), &hits("size = 10\n"));
        let (failure, message) = Place::new().refusal(&order).await;
        assert!(
            failure == Failure::InvalidInput && (message.contains(told) || message.contains("gives back the secret")),
            "{told}: {message}"
        );
        assert_eq!(engine.points(), (1, 0), "{told}");
    }
}

#[tokio::test]
async fn other_counts_than_what_comes_are_refused() {
    for (count, told) in [(26, "26 hits, and 25 came"), (24, "24 hits, and 25 came")] {
        let engine = Engine::twisted(Kind::Opensearch, 25, move |answer, _| {
            answer["hits"]["total"]["value"] = count.into();
            None
        });
        let order = order(&source(Kind::Opensearch, &engine.server.address), &hits("size = 10\n"));
        let (_, message) = Place::new().refusal(&order).await;
        assert!(message.contains(told), "{message}");
        assert_eq!(engine.points(), (1, 0));
    }
    let looping = Engine::twisted(Kind::Opensearch, 70, |answer, _| {
        answer["aggregations"]["by"]["after_key"] = json!({ "user": "u1", "outcome": "failure" });
        None
    });
    let (_, message) =
        Place::new().refusal(&order(&source(Kind::Opensearch, &looping.server.address), &buckets("size = 3\n"))).await;
    assert!(message.contains("would never end"), "{message}");
    let silent = Engine::twisted(Kind::Opensearch, 25, |answer, _| {
        answer["hits"]["hits"][9].as_object_mut().unwrap().remove("sort");
        None
    });
    let (_, message) =
        Place::new().refusal(&order(&source(Kind::Opensearch, &silent.server.address), &hits("size = 10\n"))).await;
    assert!(message.contains("does not say how it is sorted"), "{message}");
    let mut place = Place::new();
    place.collector.source.bounds.pages = 2;
    let engine = Engine::start(Kind::Opensearch, 25);
    let (_, message) =
        place.refusal(&order(&source(Kind::Opensearch, &engine.server.address), &hits("size = 10\n"))).await;
    assert!(message.contains("more than 2 pages") && engine.points() == (1, 0), "{message}");
}

#[tokio::test]
async fn what_may_come_is_asked_for_again_and_what_may_not_is_not() {
    let engine = Engine::twisted(Kind::Elasticsearch, 25, |_, before| match before {
        0 => Some(Answer::status(429).with("retry-after", "1")),
        2 => Some(Answer::raw(
            "HTTP/1.1 200 x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"took\":1",
        )),
        3 => Some(Answer::status(503)),
        _ => None,
    });
    let evidence =
        Place::new().evidence(&order(&source(Kind::Elasticsearch, &engine.server.address), &hits("size = 10\n"))).await;
    assert_eq!((evidence.column("id"), engine.points()), (ids(25), (1, 0)));
    for (answer, failure, told) in [
        (Answer::of("text/html", "<html>"), Failure::InvalidInput, "text/html"),
        (Answer::json("{\"took\":1"), Failure::InvalidInput, "not JSON"),
        (Answer::json("{}"), Failure::InvalidInput, "no count at _shards.total"),
        (Answer::status(403), Failure::SourceDenied, "status 403"),
        (
            Answer { status: 400, ..Answer::json("{\"error\":{\"reason\":\"no mapping for [x]\"}}") },
            Failure::InvalidInput,
            "no mapping for [x]",
        ),
        (
            Answer::json(format!("{{\"a\":\"{}\"}}", SECRET.replace('"', "\\\""))),
            Failure::InvalidInput,
            "gives back the secret",
        ),
    ] {
        let engine = Engine::twisted(Kind::Elasticsearch, 25, move |_, _| Some(answer.clone()));
        let order = order(&source(Kind::Elasticsearch, &engine.server.address), &hits("size = 10\n"));
        let (found, message) = Place::new().refusal(&order).await;
        assert!(found == failure && message.contains(told), "{message}");
        let searches = engine.state.lock().unwrap().searches;
        assert_eq!((searches, engine.points()), (1, (1, 0)), "{told}");
    }
}

#[tokio::test]
async fn a_slow_search_is_given_up_at_the_deadline() {
    let engine = Engine::twisted(Kind::Elasticsearch, 5, |answer, _| {
        Some(Answer::json(answer.to_string()).after(Duration::from_secs(20)))
    });
    let mut place = Place::new();
    place.lease = jiff::SignedDuration::from_secs(122);
    let begin = std::time::Instant::now();
    let (failure, message) =
        place.refusal(&order(&source(Kind::Elasticsearch, &engine.server.address), &hits(""))).await;
    assert!(failure == Failure::SourceUnavailable && begin.elapsed() < Duration::from_secs(5), "{message}");
}

#[tokio::test]
async fn another_engine_than_the_source_says_is_refused_and_one_that_says_nothing_is_asked() {
    for kind in BOTH {
        let other = if kind == Kind::Elasticsearch { Kind::Opensearch } else { Kind::Elasticsearch };
        let engine = Engine::start(other, 5);
        let (_, message) = Place::new().refusal(&order(&source(kind, &engine.server.address), &hits(""))).await;
        assert!(message.contains("correct one of them"), "{message}");
        assert_eq!(engine.points(), (0, 0));
    }
    let closed = Engine::start(Kind::Opensearch, 5);
    let address = closed.server.address.clone();
    let front = Server::start(move |asked, _| match asked.path() {
        "/" => Answer::status(403),
        _ => forward(&address, asked),
    });
    let evidence = Place::new().evidence(&order(&source(Kind::Opensearch, &front.address), &hits(""))).await;
    assert_eq!((evidence.column("id"), evidence.header.asked.parameters.get("engine")), (ids(5), None));
    assert!(evidence.header.asked.pages[0].ends_with("/#403"));
}

fn forward(address: &str, asked: &support::Asked) -> Answer {
    use std::{
        io::{Read as _, Write as _},
        net::TcpStream,
    };
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    let length = asked.body.len();
    write!(
        stream,
        "{} {} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n{}",
        asked.method, asked.target, asked.body
    )
    .unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    Answer::raw(bytes)
}

#[tokio::test]
async fn an_index_that_is_not_there_is_told() {
    let server = Server::start(|asked, _| match asked.path() {
        "/" => Answer::json(info_of_elasticsearch()),
        _ => Answer {
            status: 404,
            ..Answer::json("{\"error\":{\"type\":\"index_not_found_exception\",\"reason\":\"no such index [logs]\"}}")
        },
    });
    let (failure, message) =
        Place::new().refusal(&order(&source(Kind::Elasticsearch, &server.address), &hits(""))).await;
    assert!(failure == Failure::InvalidInput && message.contains("no such index [logs]"), "{message}");
}

fn info_of_elasticsearch() -> String {
    support::info(Kind::Elasticsearch).to_string()
}

#[test]
fn a_body_that_would_leave_rows_out_is_no_catalog() {
    let engine = source(Kind::Opensearch, "http://127.0.0.1:1");
    for (query, told) in [
        (hits("from = 10\n"), "has no \"from\""),
        (hits("terminate_after = 10\n"), "has no \"terminate_after\""),
        (hits("size = 20000\n"), "1 to 10000"),
        (hits("aggs.by.terms.field = \"x\"\n"), "has to be a composite"),
        (hits("aggs.a.composite.sources = []\naggs.b.composite.sources = []\n"), "one aggregation"),
        (hits("size = 5\naggs.by.composite.sources = []\n"), "no hits"),
        (hits("aggs.by.composite.after.x = 1\n"), "no \"after\""),
        (hits("aggs.by.composite.sources = []\naggs.by.aggs.t.terms.field = \"x\"\n"), "others leave values out"),
        (hits("query.match.x = \"{nobody}\"\n"), "{nobody}"),
        (hits("query.match.x = \"{no body}\"\n"), "is no placeholder"),
        (hits("").replace("place = [\"auth-*\", \"logs\"]\n", ""), "in which indexes"),
        (hits("").replace("auth-*", "auth logs"), "no index"),
        (hits("").replace("[logs]\n", "[logs]\ntext = \"source=a\"\n"), "one of: text"),
        (format!("rows = \"hits.hits[]\"\n{}", hits("")), "remove \"rows\""),
        (format!("format = \"json\"\n{}", hits("")), "remove \"format\""),
    ] {
        let problem = try_order(&engine, &query).unwrap_err();
        assert!(
            problem.contains(told)
                && (problem.contains("queries/a-query.toml:") || problem.contains("controls/a-control.toml:")),
            "{told}: {problem}"
        );
    }
    let splunk = engine.replace("opensearch", "splunk");
    assert!(try_order(&splunk, &hits("")).unwrap_err().contains("only OpenSearch and Elasticsearch take a body"));
}
