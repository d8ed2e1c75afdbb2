//! ClickHouse as a source: answers as version 26.9 writes them, over real HTTP, also those that no engine gives when it is asked to.
//! What the engine itself answers is in `clickhouse_engine.rs`.
#![cfg(test)]

mod support;

use catalog::{SqlAccess, SqlEngine};
use domain::{Failure, evidence::Cell};
use std::{
    io::{BufRead, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};
use support::{Place, access, order, within};

/// What is answered to a statement that begins so: status, further headers, body.
type Answer = (&'static str, u16, &'static str, String);

/// A server that speaks ClickHouse's HTTP interface, and what it was sent: the request line, and the statement.
struct Server {
    access: SqlAccess,
    sent: Arc<Mutex<Vec<(String, String)>>>,
}

const FACTS: &str = "[\"version()\",\"currentUser()\",\"t\",\"r\"]\n[\"String\",\"String\",\"String\",\"String\"]\n[\"26.9.2.1\",\"reader\",\"2026-07-02 03:00:00.455267\",\"READONLY\"]\n";
const GRANTS: &str = "[\"GRANTS FINAL\"]\n[\"String\"]\n[\"GRANT SELECT ON audit.* TO reader\"]\n[\"GRANT SHOW TABLES, dictGet ON *.* TO reader\"]\n";

fn serve(readonly: &str, mut answers: Vec<Answer>) -> Server {
    answers.push(("SELECT version()", 200, "", FACTS.replace("READONLY", readonly)));
    answers.push(("SHOW GRANTS FINAL", 200, "", GRANTS.into()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/audit", listener.local_addr().unwrap());
    let sent = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&sent);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection that is kept for the next request ends with an error here.
            let _ = converse(stream, &answers, &noted);
        }
    });
    Server { access: access(SqlEngine::Clickhouse, &address, Some("reader")), sent }
}

fn converse(stream: TcpStream, answers: &[Answer], sent: &Mutex<Vec<(String, String)>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length, mut account) = (String::new(), 0, String::new());
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        length = header.strip_prefix("content-length: ").map_or(length, |length| length.parse().unwrap());
        account = header.strip_prefix("authorization: ").map_or(account, str::to_owned);
    }
    assert!(account.starts_with("basic "), "{account}");
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let statement = String::from_utf8(body).unwrap();
    sent.lock().unwrap().push((line, statement.clone()));
    let (_, status, headers, text) = answers.iter().find(|(begin, ..)| statement.starts_with(begin)).unwrap();
    let mut stream = stream;
    // A body that is longer than it is: it breaks off.
    let length = text.len() + if headers.contains("broken") { 100 } else { 0 };
    write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{text}")
}

const KINDS: &str = r#"["a","b","c","d","e","f","g","h","i","j","k","l","m","n","o","p","q","r","t","u"]
["Int8", "UInt64", "Decimal(18, 2)", "Float32", "Float64", "Bool", "String", "Map(String, UInt8)", "DateTime64(3, 'UTC')", "DateTime('Europe\/Berlin')", "Date", "UUID", "IPv4", "Array(String)", "Enum8('a' = 1, 'b' = 2)", "Nullable(Nothing)", "Nullable(Int32)", "LowCardinality(String)", "Tuple(UInt8, String)", "FixedString(2)"]
[-3, 18446744073709551615, 12.5, 0.1, 1e-7, true, "N\/A", {"a":1}, "2026-07-01 10:00:00.250", "2026-07-01 12:00:00", "2026-07-01", "5f0c1b9e-0000-4000-8000-00000000000a", "10.0.0.1", ["x","y"], "b", null, 5, "z", [1,"a"], "a\/"]
"#;
const SUMMARY: &str =
    "X-ClickHouse-Summary: {\"read_rows\":\"1\",\"read_bytes\":\"1\",\"result_rows\":\"1\",\"elapsed_ns\":\"1\"}\r\n";

#[tokio::test]
async fn rows_of_every_kind_are_read_exactly() {
    let server = serve("0", vec![("SELECT kinds", 200, SUMMARY, KINDS.into())]);
    let columns = [
        "a:integer",
        "b:text",
        "c:real",
        "d:real",
        "e:real",
        "f:boolean",
        "g:text",
        "h:json",
        "i:time",
        "j:text",
        "k:time",
        "l:text",
        "m:text",
        "n:json",
        "o:text",
        "p:text",
        "q:integer",
        "r:text",
        "t:text",
        "u:text",
    ];
    let (header, rows) = Place::new().answer(&order(&server.access, "SELECT kinds", &columns)).await;
    let text = |text: &str| Cell::Text(text.to_owned());
    let expected = [
        Cell::Integer(-3),
        text("18446744073709551615"),
        Cell::Real(12.5),
        Cell::Real(0.1),
        Cell::Real(1e-7),
        Cell::Boolean(true),
        Cell::Null,
        text("{\"a\":1}"),
        text("2026-07-01T10:00:00.25Z"),
        text("2026-07-01 12:00:00"),
        text("2026-07-01T00:00:00Z"),
        text("5f0c1b9e-0000-4000-8000-00000000000a"),
        text("10.0.0.1"),
        text("[\"x\",\"y\"]"),
        text("b"),
        Cell::Null,
        Cell::Integer(5),
        text("z"),
        text("[1,\"a\"]"),
        text("a/"),
    ];
    assert_eq!(rows, [expected]);
    let told = &header.asked.parameters;
    assert_eq!((told["user"].as_str(), told["engine_version"].as_str()), ("reader", "ClickHouse 26.9.2.1"));
    assert_eq!(told["server_time"], "2026-07-02T03:00:00.455267Z");
    assert_eq!((header.totals.row_count, header.totals.source_count), (1, Some(1)));
}

#[tokio::test]
async fn parameters_and_settings_stand_beside_the_statement_and_never_in_it() {
    let server = serve("0", vec![("SELECT a FROM", 200, "", "[\"a\"]\n[\"UInt8\"]\n".into())]);
    let text = "SELECT a FROM t WHERE at >= :period_start AND b = :injection AND c = :least AND d = :really";
    let (header, rows) = Place::new().answer(&order(&server.access, text, &["a:integer"])).await;
    assert!(rows.is_empty() && header.asked.parameters["injection"].contains("DROP TABLE"));
    let sent = server.sent.lock().unwrap();
    let (line, statement) = sent.last().unwrap();
    assert_eq!(
        statement,
        "SELECT a FROM t WHERE at >= {period_start:String} AND b = {injection:String} AND c = {least:Int64} AND d = {really:Bool}"
    );
    assert_eq!(header.asked.parameters["statement"], *statement);
    for part in [
        "readonly=1",
        "max_execution_time=",
        "wait_end_of_query=1",
        "database=audit",
        "param_least=2",
        "param_really=true",
        "param_period_start=2026-07-01T00",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    // A backslash, a tab and a line end as the server reads them back.
    assert!(line.contains("%5C%5C%27%3B") && line.contains("%5Ct%5Cn"), "{line}");
}

#[tokio::test]
async fn an_account_that_can_write_is_refused_unless_its_profile_only_reads() {
    let place = Place::new();
    let rows = "[\"a\"]\n[\"UInt8\"]\n[1]\n";
    for (grant, says) in [
        ("GRANT SELECT, INSERT ON audit.* TO reader", "REVOKE INSERT ON audit.*"),
        ("GRANT SELECT(a), ALTER UPDATE(b) ON audit.t TO reader", "ALTER UPDATE on audit.t"),
        ("GRANT ALL ON *.* TO reader", "ALL on *.*"),
        ("GRANT SELECT ON audit.* TO reader WITH GRANT OPTION", "GRANT OPTION"),
        ("GRANT SOURCES ON *.* TO reader", "SOURCES"),
    ] {
        let grants = || ("SHOW GRANTS FINAL", 200, "", format!("[\"GRANTS\"]\n[\"String\"]\n[\"{grant}\"]\n"));
        let question = |server: &Server| order(&server.access, "SELECT a", &["a:integer"]);
        let error = place.refusal(&question(&serve("0", vec![grants()]))).await;
        assert_eq!(error.failure(), Failure::SourceDenied, "{error}");
        assert!(error.to_string().contains(says), "{error}");
        for readonly in ["1", "2"] {
            let server = serve(readonly, vec![grants(), ("SELECT a", 200, "", rows.into())]);
            assert_eq!(place.answer(&question(&server)).await.1.len(), 1);
            let sent = server.sent.lock().unwrap();
            let line = &sent.last().unwrap().0;
            assert!(!line.contains("readonly") && line.contains("max_execution_time") == (readonly == "2"), "{line}");
        }
    }
}

#[tokio::test]
async fn what_the_server_says_is_told_by_what_can_be_done() {
    let place = Place::new();
    let exception =
        |code: u32, text: &str| format!("Code: {code}. DB::Exception: {text} (SOMETHING) (version 26.9.2.1)\n");
    for (status, body, failure, says) in [
        (404, exception(47, "Unknown expression identifier `nothing`"), Failure::InvalidInput, "identifier `nothing`"),
        (500, exception(6, "Cannot parse string 'hunter3' as UInt8"), Failure::InvalidInput, "code 6"),
        (500, exception(159, "Timeout exceeded: elapsed 1 seconds"), Failure::SourceUnavailable, "longer than"),
        (500, exception(164, "Cannot execute query in readonly mode"), Failure::InvalidInput, "only reads"),
        (403, exception(497, "Not enough privileges"), Failure::SourceDenied, "Not enough privileges"),
        (403, exception(516, "Authentication failed"), Failure::SourceDenied, "Authentication failed"),
        (503, "busy".into(), Failure::SourceUnavailable, "status 503"),
        (200, format!("[\"a\"]\n[\"UInt8\"]\n[1]\n{}", exception(395, "hunter3")), Failure::InvalidInput, "code 395"),
        (200, "<html>".into(), Failure::SourceUnavailable, "none of ClickHouse"),
        (200, "[\"a\"]\n[\"UInt8\"]\n[1]\n[2".into(), Failure::SourceUnavailable, "broke off"),
    ] {
        let server = serve("0", vec![("SELECT a", status, "", body)]);
        let error = place.refusal(&order(&server.access, "SELECT a", &["a:integer"])).await;
        let told = error.to_string();
        assert!(told.contains(says) && !told.contains("hunter3"), "{told}");
        assert_eq!(error.failure(), failure, "{told}");
    }
}

#[tokio::test]
async fn an_answer_that_lacks_rows_is_a_failure_and_never_a_short_answer() {
    let place = Place::new();
    let rows = "[\"a\"]\n[\"UInt8\"]\n[1]\n[2]\n";
    let broken = serve("0", vec![("SELECT a", 200, "broken: 1\r\n", rows.into())]);
    let error = place.refusal(&order(&broken.access, "SELECT a", &["a:integer"])).await;
    assert_eq!(error.failure(), Failure::SourceUnavailable, "{error}");
    let short = serve("0", vec![("SELECT a", 200, SUMMARY, rows.into())]);
    let error = place.refusal(&order(&short.access, "SELECT a", &["a:integer"])).await.to_string();
    assert!(error.contains("counts 1 rows") && error.contains("gave 2"), "{error}");
}

#[tokio::test]
async fn only_this_machine_is_asked_without_tls_and_nobody_is_followed_elsewhere() {
    let place = Place::new();
    let question = |address: &str| {
        within(order(&access(SqlEngine::Clickhouse, address, Some("reader")), "SELECT a", &["a:integer"]), 1)
    };
    let error = place.refusal(&question("http://192.0.2.1:8123/audit")).await;
    assert!(error.to_string().contains("write https://"), "{error}");
    let error = place.refusal(&question("https://169.254.169.254/audit")).await;
    assert_eq!(error.failure(), Failure::SourceDenied, "{error}");
    let nobody = place.refusal(&question("http://127.0.0.1:1/audit")).await;
    assert_eq!(nobody.failure(), Failure::SourceUnavailable, "{nobody}");
    let elsewhere = serve("0", vec![("SELECT a", 302, "location: http://127.0.0.1:1/\r\n", String::new())]);
    let error = place.refusal(&order(&elsewhere.access, "SELECT a", &["a:integer"])).await;
    assert!(error.to_string().contains("status 302"), "{error}");
}
