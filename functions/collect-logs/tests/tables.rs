//! Texts that are answered by one table: PPL of OpenSearch, ES|QL of Elasticsearch.
#![cfg(test)]

mod support;

use domain::Failure;
use serde_json::{Value, json};
use support::{Answer, Kind, Place, Server, info, order, try_order};

const COLUMNS: &str = "[[column]]\nname = \"user\"\nkind = \"text\"\nfrom = 'user\\.name'\n[[column]]\nname = \"events\"\nkind = \"integer\"\n[[column]]\nname = \"at\"\nkind = \"time\"\nrequired = false\n";

fn source(kind: Kind, address: &str) -> String {
    let engine = if kind == Kind::Elasticsearch { "elasticsearch" } else { "opensearch" };
    format!(
        "engine = \"{engine}\"\naddress = \"{address}\"\nprivate = true\n\
         [authentication]\nscheme = \"basic\"\nuser = \"ana\"\nsecret = \"token\"\n[values]\ngroup = \"Domain Admins\"\nodd = \"a' or 'b\"\n"
    )
}

fn query(text: &str) -> String {
    format!("[logs]\ntext = '''\n{text}\n'''\n{COLUMNS}")
}

const PPL: &str = "source = auth-* | where `@timestamp` >= TIMESTAMP('{first_day} 00:00:00') and g = '{group}' | stats count() as events by `user.name` | head 5000";
const ESQL: &str =
    "FROM auth-* | WHERE @timestamp >= \"{period_start}\" | STATS events = COUNT(*) BY user.name | LIMIT 5000";

fn rows(count: u64) -> Vec<Value> {
    (0..count).map(|row| json!([format!("u{row}\"\\\u{e9}\n"), row, null])).collect()
}

fn ppl(count: u64) -> Value {
    let schema = json!([{ "name": "user.name", "type": "string" }, { "name": "events", "type": "integer" }, { "name": "at", "type": "timestamp" }]);
    json!({ "schema": schema, "datarows": rows(count), "total": count, "size": count })
}

fn esql(count: u64) -> Value {
    let columns = json!([{ "name": "user.name", "type": "keyword" }, { "name": "events", "type": "long" }, { "name": "at", "type": "date" }]);
    json!({ "took": 17, "is_partial": false, "columns": columns, "values": rows(count), "documents_found": 9 })
}

/// An engine that answers every text so.
fn engine(kind: Kind, answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Server {
    let path = if kind == Kind::Elasticsearch { "/_query" } else { "/_plugins/_ppl" };
    Server::start(move |asked, before| match asked.path() {
        "/" => Answer::json(info(kind).to_string()),
        found => {
            assert_eq!((asked.method.as_str(), found), ("POST", path));
            assert_eq!(asked.header("content-type"), "application/json");
            answer(before)
        }
    })
}

fn says(kind: Kind, answer: Value) -> Server {
    engine(kind, move |_| Answer::json(answer.to_string()))
}

#[tokio::test]
async fn ppl_is_sent_with_its_values_and_its_table_becomes_rows() {
    let server = says(Kind::Opensearch, ppl(3));
    let evidence = Place::new().evidence(&order(&source(Kind::Opensearch, &server.address), &query(PPL))).await;
    assert_eq!(evidence.column("user"), ["u0\"\\é\n", "u1\"\\é\n", "u2\"\\é\n"]);
    assert_eq!(
        (evidence.column("events"), evidence.column("at")),
        (vec!["0".into(), "1".into(), "2".into()], vec![String::new(); 3])
    );
    assert_eq!(evidence.header.totals.source_count, Some(3));
    let sent: Value = serde_json::from_str(&server.asked()[1].body).unwrap();
    let text = sent["query"].as_str().unwrap();
    assert!(text.contains("TIMESTAMP('2026-07-01 00:00:00') and g = 'Domain Admins' |"), "{text}");
    let told = &evidence.header.asked.parameters;
    assert_eq!((told["text"].as_str(), told["engine"].as_str()), (text, "opensearch 2.19.1"));
    assert!(
        evidence.header.asked.endpoint.ends_with("/_plugins/_ppl")
            && evidence.raw[1].bytes == ppl(3).to_string().as_bytes()
    );
}

#[tokio::test]
async fn esql_is_the_same_for_elasticsearch() {
    let server = says(Kind::Elasticsearch, esql(3));
    let evidence = Place::new().evidence(&order(&source(Kind::Elasticsearch, &server.address), &query(ESQL))).await;
    assert_eq!(
        (evidence.column("events"), evidence.header.totals.source_count),
        (vec!["0".into(), "1".into(), "2".into()], None)
    );
    assert_eq!(evidence.header.asked.parameters["took_milliseconds"], "17");
    assert_eq!(evidence.header.asked.parameters["engine"], "elasticsearch 8.17.0");
    for (kind, text, answer) in [(Kind::Elasticsearch, ESQL, esql(0)), (Kind::Opensearch, PPL, ppl(0))] {
        let empty = says(kind, answer);
        assert!(Place::new().evidence(&order(&source(kind, &empty.address), &query(text))).await.rows.is_empty());
    }
}

#[tokio::test]
async fn a_result_that_may_have_been_cut_is_refused() {
    for (kind, text, answer) in [
        (Kind::Opensearch, PPL, ppl(200)),
        (Kind::Opensearch, PPL, ppl(1000)),
        (Kind::Opensearch, PPL, ppl(5000)),
        (Kind::Opensearch, PPL, ppl(10_000)),
        (Kind::Elasticsearch, ESQL, esql(1000)),
        (Kind::Elasticsearch, ESQL, esql(5000)),
    ] {
        let server = says(kind, answer);
        let (failure, message) = Place::new().refusal(&order(&source(kind, &server.address), &query(text))).await;
        assert!(failure == Failure::InvalidInput && message.contains("there may be more"), "{message}");
    }
    let server = says(Kind::Opensearch, ppl(4999));
    assert_eq!(
        Place::new().evidence(&order(&source(Kind::Opensearch, &server.address), &query(PPL))).await.rows.len(),
        4999
    );
}

#[tokio::test]
async fn a_table_that_does_not_fit_what_it_says_of_itself_is_refused() {
    let with = |mut answer: Value, name: &str, value: Value| {
        answer[name] = value;
        answer
    };
    let two = json!([{ "name": "user.name" }, { "name": "user.name" }, { "name": "at" }]);
    for (kind, answer, told) in [
        (Kind::Opensearch, with(ppl(3), "total", json!(4)), "\"total\" is 4, and 3 rows came"),
        (Kind::Opensearch, with(ppl(3), "size", json!(2)), "\"size\" is 2, and 3 rows came"),
        (Kind::Opensearch, with(ppl(3), "total", Value::Null), "no count at total"),
        (Kind::Opensearch, with(ppl(3), "datarows", json!([["a", 1, null], ["a", 1]])), "row 2 has not one value"),
        (Kind::Opensearch, with(ppl(3), "datarows", json!([["a", 1, null, 2]])), "row 1 has not one value"),
        (Kind::Opensearch, with(ppl(3), "datarows", json!([{ "a": 1 }])), "row 1 has not one value"),
        (Kind::Opensearch, with(ppl(3), "datarows", json!({})), "no list at datarows"),
        (Kind::Opensearch, with(ppl(3), "schema", two), "two of its columns have one name"),
        (Kind::Opensearch, with(ppl(3), "schema", json!([{ "type": "string" }])), "has no name"),
        (Kind::Elasticsearch, with(esql(3), "is_partial", json!(true)), "says itself that it is partial"),
        (Kind::Elasticsearch, with(esql(3), "_clusters", json!({ "skipped": 1 })), "1 of its clusters are skipped"),
    ] {
        let (server, text) = (says(kind, answer), if kind == Kind::Opensearch { PPL } else { ESQL });
        let (failure, message) = Place::new().refusal(&order(&source(kind, &server.address), &query(text))).await;
        assert!(failure == Failure::InvalidInput && message.contains(told), "{told}: {message}");
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test]
async fn what_the_engine_says_is_wrong_is_told_and_what_passes_is_waited_for() {
    let wrong = |status| Answer {
        status,
        ..Answer::json("{\"error\":{\"reason\":\"Invalid Query\",\"details\":\"x\",\"type\":\"SyntaxCheckException\"}}")
    };
    let server = engine(Kind::Opensearch, move |_| wrong(400));
    let (failure, message) =
        Place::new().refusal(&order(&source(Kind::Opensearch, &server.address), &query(PPL))).await;
    assert!(failure == Failure::InvalidInput && message.contains("Invalid Query"), "{message}");
    let busy = engine(Kind::Opensearch, move |before| match before {
        1 => Answer::status(429).with("retry-after", "1"),
        2 => Answer::raw("HTTP/1.1 200 x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{\"schema\":"),
        _ => Answer::json(ppl(3).to_string()),
    });
    let evidence = Place::new().evidence(&order(&source(Kind::Opensearch, &busy.address), &query(PPL))).await;
    assert_eq!((evidence.rows.len(), busy.asked().len()), (3, 4));
}

#[tokio::test]
async fn a_value_that_could_be_more_than_one_is_refused_before_anything_is_searched() {
    let server = says(Kind::Opensearch, ppl(3));
    let odd = query(PPL).replace("{group}", "{odd}");
    let (failure, message) = Place::new().refusal(&order(&source(Kind::Opensearch, &server.address), &odd)).await;
    assert!(failure == Failure::InvalidInput && message.contains("{odd}") && !message.contains("or 'b"), "{message}");
    assert!(server.asked().iter().all(|asked| asked.path() == "/"));
}

#[test]
fn a_text_says_itself_where_it_searches() {
    let engine = source(Kind::Opensearch, "http://127.0.0.1:1");
    let placed = query(PPL).replace("[logs]\n", "[logs]\nplace = [\"auth\"]\n");
    for engine in
        [engine.clone(), engine.replace("opensearch", "splunk"), engine.replace("opensearch", "elasticsearch")]
    {
        assert!(try_order(&engine, &placed).unwrap_err().contains("remove \"place\""));
        assert!(try_order(&engine, &query(PPL)).is_ok());
    }
    assert!(try_order(&engine, &query(" ")).unwrap_err().contains("says nothing"));
    assert!(try_order(&engine, &query("source = {nobody}")).unwrap_err().contains("{nobody}"));
    assert!(try_order(&engine.replace("opensearch", "solr"), &query(PPL)).is_err());
}
