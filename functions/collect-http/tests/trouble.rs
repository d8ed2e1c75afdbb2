//! Sources that are slow, limited, broken or gone: waited for as long as they want, asked again as often as it may help, and never half.
#![cfg(test)]

mod support;

use collecting::{Invocation, Outcome, Task, collect_all};
use domain::{Failure, Timestamp};
use flate2::{Compression, write::GzEncoder};
use jiff::SignedDuration;
use runtime::Clock;
use std::{
    io::Write as _,
    time::{Duration, Instant},
};
use support::{Answer, Place, Server, order};

const QUERY: &str = "format = \"json\"\n[[column]]\nname = \"id\"\nkind = \"integer\"\n[request]\npath = \"/users\"\n";
const ROWS: &str = "[{\"id\":1},{\"id\":2}]";

fn asks(server: &Server) -> collecting::Order {
    order(&format!("address = \"{}\"\nprivate = true\n", server.address), QUERY)
}

/// A server that answers so once, and then with rows.
fn once(first: Answer) -> Server {
    Server::start(move |_, before| if before == 0 { first.clone() } else { Answer::json(ROWS) })
}

fn head(status: &str, headers: &str, body: &str) -> Answer {
    Answer::raw(format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}\r\n\r\n{body}"))
}

#[tokio::test]
async fn a_source_that_wants_to_be_left_alone_is_until_it_wants_to_be_asked() {
    let limited = || {
        let reset = Timestamp::now().as_second() + 2;
        Answer::status(403).with("x-ratelimit-remaining", "0").with("x-ratelimit-reset", reset.to_string())
    };
    let answers: [&dyn Fn() -> Answer; 4] = [
        &|| Answer::status(429).with("retry-after", "1"),
        &|| Answer::status(503).with("retry-after", httpdate_in(2)),
        &limited,
        &|| Answer::status(403).with("retry-after", "1"),
    ];
    for answer in answers {
        let (place, server) = (Place::new(), once(answer()));
        assert_eq!(place.evidence(&asks(&server)).await.column("id"), ["1", "2"]);
        let asked = server.asked();
        let waited = asked[1].at.duration_since(asked[0].at).as_secs_f64();
        // Dates and instants have whole seconds.
        assert!(asked.len() == 2 && (0.8..2.5).contains(&waited), "{:?}: {waited}", answer());
    }
}

fn httpdate_in(seconds: u64) -> String {
    let at = Timestamp::now().checked_add(SignedDuration::from_secs(seconds as i64)).unwrap();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[tokio::test]
async fn a_source_that_wants_more_time_than_there_is_is_given_up_at_once() {
    let server = once(Answer::status(429).with("retry-after", "86400"));
    let begin = Instant::now();
    let (failure, message) = Place::new().refusal(&asks(&server)).await;
    assert!(failure == Failure::SourceUnavailable && message.contains("no time left"), "{message}");
    assert!(begin.elapsed() < Duration::from_secs(2) && server.asked().len() == 1);
}

#[tokio::test]
async fn what_may_come_is_asked_for_again() {
    for answer in [500, 502, 503, 504, 429].map(Answer::status) {
        let server = once(answer);
        assert_eq!(Place::new().evidence(&asks(&server)).await.column("id"), ["1", "2"]);
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(ROWS.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let mut cut_gzip = format!(
        "HTTP/1.1 200 x\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len() - 6
    )
    .into_bytes();
    cut_gzip.extend(&packed[..packed.len() - 6]);
    for cut in [
        head("200 x", "content-length: 100", "[{\"id\":1}]"),
        head("200 x", "transfer-encoding: chunked", "a\r\n[{\"id\":1}]\r\n"),
        head("200 x", "transfer-encoding: chunked", "64\r\n[{\"id\":1}]"),
        Answer::raw(cut_gzip),
        Answer::raw("HTTP/1.1 2"),
        Answer::raw(""),
    ] {
        let server = once(cut.clone());
        assert_eq!(Place::new().evidence(&asks(&server)).await.column("id"), ["1", "2"], "{cut:?}");
        assert_eq!(server.asked().len(), 2);
        let always = Server::start(move |_, _| cut.clone());
        let (failure, message) = Place::new().refusal(&asks(&always)).await;
        assert!(failure == Failure::SourceUnavailable && message.ends_with("4 times"), "{message}");
        assert_eq!(always.asked().len(), 4);
    }
}

#[tokio::test]
async fn an_answer_may_come_packed() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(ROWS.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let server = Server::start(move |asked, _| {
        assert_eq!(asked.header("accept-encoding"), "gzip");
        Answer::of("application/json", packed.clone()).with("content-encoding", "gzip")
    });
    let evidence = Place::new().evidence(&asks(&server)).await;
    assert_eq!((evidence.raw[0].bytes.as_slice(), evidence.rows.len()), (ROWS.as_bytes(), 2));
}

#[tokio::test]
async fn what_will_not_come_is_not_asked_for_again() {
    for (status, failure) in [
        (400, Failure::InvalidInput),
        (401, Failure::SourceDenied),
        (403, Failure::SourceDenied),
        (404, Failure::InvalidInput),
        (410, Failure::InvalidInput),
        (501, Failure::InvalidInput),
    ] {
        let server = Server::start(move |_, _| Answer::status(status));
        let (found, message) = Place::new().refusal(&asks(&server)).await;
        assert!(found == failure && message.contains(&format!("status {status}: \"status {status}\"")), "{message}");
        assert_eq!(server.asked().len(), 1);
    }
    let access = "address = \"http://127.0.0.1:1\"\nprivate = true\n";
    let (failure, message) = Place::new().refusal(&order(access, QUERY)).await;
    assert!(failure == Failure::SourceUnavailable && message.contains("http://127.0.0.1:1/users"), "{message}");
}

#[tokio::test]
async fn a_slow_source_is_given_up_at_the_deadline() {
    let server = Server::start(|_, _| Answer::json(ROWS).after(Duration::from_secs(20)));
    // What is kept of a lease to keep the answer is two minutes.
    let mut place = Place::new();
    place.lease = SignedDuration::from_secs(121);
    let begin = Instant::now();
    let (failure, message) = place.refusal(&asks(&server)).await;
    assert!(failure == Failure::SourceUnavailable && begin.elapsed() < Duration::from_secs(3), "{message}");
    let mut place = Place::new();
    place.collector.source.bounds.first_byte = Duration::from_millis(200);
    let begin = Instant::now();
    let (failure, message) = place.refusal(&asks(&server)).await;
    assert!(failure == Failure::SourceUnavailable && message.contains("too long"), "{message}");
    assert!(begin.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn an_answer_that_is_of_another_kind_is_refused() {
    let page = "<html><title>Sign in</title></html>";
    for answer in [
        Answer::of("text/html; charset=utf-8", page),
        Answer::of("application/json", page),
        Answer::of("application/xml", "<a/>"),
    ] {
        let server = Server::start(move |_, _| answer.clone());
        let (failure, message) = Place::new().refusal(&asks(&server)).await;
        assert!(failure == Failure::InvalidInput && !message.contains("Sign in"), "{message}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_csv_that_may_have_been_cut_is_refused_and_a_whole_one_is_taken() {
    let query = QUERY.replacen("\"json\"", "\"csv\"", 1);
    let cut = Server::start(|_, _| {
        Answer::raw("HTTP/1.1 200 x\r\ncontent-type: text/csv\r\nconnection: close\r\n\r\nid\n1\n2\n")
    });
    let access = |server: &Server| format!("address = \"{}\"\nprivate = true\n", server.address);
    let (_, message) = Place::new().refusal(&order(&access(&cut), &query)).await;
    assert!(message.contains("neither its length nor its end"), "{message}");
    let whole = Server::start(|_, _| Answer::of("text/csv", "id\n1\n2\n"));
    assert_eq!(Place::new().evidence(&order(&access(&whole), &query)).await.column("id"), ["1", "2"]);
}

#[tokio::test]
async fn a_hundred_megabytes_are_taken_and_more_than_the_limit_is_not() {
    let long = format!("[{{\"id\":1,\"pad\":\"{}\"}}]", "x".repeat(100 << 20));
    let server = Server::start(move |_, _| Answer::json(long.clone()));
    let evidence = Place::new().evidence_of_size(&asks(&server)).await;
    assert!(evidence > 100 << 20);
    let mut place = Place::new();
    place.collector.source.bounds.bytes = 10 << 20;
    let (failure, message) = place.refusal(&asks(&server)).await;
    assert!(failure == Failure::InvalidInput && message.contains("10485760 bytes"), "{message}");
    // Together, and unpacked.
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![b' '; 20 << 20]).unwrap();
    let packed = packed.finish().unwrap();
    let bomb =
        Server::start(move |_, _| Answer::of("application/json", packed.clone()).with("content-encoding", "gzip"));
    let (_, message) = place.refusal(&order(&format!("address = \"{}\"\nprivate = true\n", bomb.address), QUERY)).await;
    assert!(message.contains("10485760 bytes"), "{message}");
}

#[tokio::test]
async fn a_source_that_fails_in_the_middle_is_recorded_as_failed_and_nothing_is_kept() {
    let server = Server::start(|asked, _| {
        let page: u64 = asked.parameter("page").unwrap().parse().unwrap();
        if page == 3 { Answer::status(500) } else { Answer::json(format!("[{{\"id\":{page}}}]")) }
    });
    let query = format!("{QUERY}[request.pages]\nkind = \"page\"\nparameter = \"page\"\nsize = 1\n");
    let place = Place::new();
    let order = order(&format!("address = \"{}\"\nprivate = true\n", server.address), &query);
    let (failure, message) = place.refusal(&order).await;
    assert!(failure == Failure::SourceUnavailable && message.contains("page=3"), "{message}");
    assert_eq!(place.storage.locker.keys().await.unwrap(), Vec::<String>::new());
    let record = place.storage.custodian.evidence(&order.slot).await.unwrap().unwrap();
    assert!(matches!(record.state, domain::EvidenceState::Failed { .. }), "{record:?}");
}

#[tokio::test]
async fn a_slot_that_failed_is_filled_by_the_next_who_asks() {
    let server = once(Answer::status(404));
    let (place, order) = (Place::new(), asks(&server));
    place.refusal(&order).await;
    let outcome = place.collect(&order, "another").await;
    assert!(matches!(outcome, Outcome::Collected { new: true, .. }), "{outcome:?}");
}

#[tokio::test]
async fn large_answers_wait_for_each_others_memory_and_none_waits_for_ever() {
    let long = format!("{}{ROWS}", " ".repeat(66 << 20));
    let server = Server::start(move |_, _| Answer::json(long.clone()));
    let place = Place::new();
    let tasks = (1..=3).map(|day| {
        let mut order = asks(&server);
        order.slot.period = format!("2026-06-{day:02}").parse().unwrap();
        let (owner, actor) = (format!("owner-{day}"), domain::Actor::new("a-test").unwrap());
        let invocation =
            Invocation { owner, actor, clock: Clock::System, lease: place.lease, secrets: place.secrets() };
        Task { order, fetch: place.collector.clone(), invocation }
    });
    let ended = collect_all(&place.storage, tasks.collect(), 3, |_| {}).await;
    let is_new = |outcome: &Result<Outcome, _>| matches!(outcome, Ok(Outcome::Collected { new: true, .. }));
    assert!(ended.len() == 3 && ended.iter().all(|(_, outcome)| is_new(outcome)), "{ended:?}");
}
