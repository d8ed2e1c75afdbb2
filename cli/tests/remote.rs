//! The client of a deployed Exhibit, against servers that lead it elsewhere and that fail: whom it asks, with what, and how often.

#![cfg(test)]

use api::{Link, LinkContent, Problem, ProblemKind};
use domain::{Digest, Failure};
use exhibit::remote::{Address, Remote, RemoteError, Token};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

const OBJECT: &str = "what was recorded";

/// A server on this machine that takes down what it is asked.
struct Server {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers everything with what `answer` makes of the path.
    fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let head = head(&stream);
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                kept.lock().unwrap().push(head);
                // Whoever asked may have gone.
                drop(stream.write_all(answer(&path).as_bytes()));
            }
        });
        Self { address, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    fn client(&self) -> Remote {
        let token = Token::read(None, Some("secret-word".to_owned())).unwrap();
        Remote::with_pause(Address::new(&self.address).unwrap(), token, Duration::from_millis(1))
    }

    fn link(&self, path: &str) -> Link {
        Link {
            content: LinkContent::Json,
            name: "soc2-2026-Q3.json".to_owned(),
            key: "acme/reports/x.json".to_owned(),
            version: "1".to_owned(),
            digest: Digest::of(OBJECT.as_bytes()),
            length: OBJECT.len() as u64,
            url: format!("{}{path}", self.address),
            expires_at: "2026-08-01T00:00:00Z".parse().unwrap(),
        }
    }
}

fn head(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n").to_lowercase()
}

fn answer(status: u16, header: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} Answer\r\n{header}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn leads_to(location: &str) -> String {
    answer(307, &format!("location: {location}\r\n"), "")
}

#[test]
fn a_link_that_leads_on_is_followed_and_the_token_stays_behind() {
    let elsewhere = Server::start(|_| answer(200, "", OBJECT));
    let there = elsewhere.address.clone();
    let server = Server::start(move |path| match path {
        "/first" => leads_to("/second?X-Amz-Signature=1"),
        _ => leads_to(&format!("{there}/third")),
    });
    assert_eq!(server.client().fetch(&server.link("/first")).unwrap(), OBJECT.as_bytes());
    let (before, after) = (server.seen(), elsewhere.seen());
    assert!(before[1].starts_with("get /second?x-amz-signature=1 "), "{before:?}");
    assert_eq!((before.len(), after.len()), (2, 1));
    assert!(before.iter().chain(&after).all(|head| !head.contains("secret-word") && !head.contains("authorization")));
}

#[test]
fn the_api_itself_leads_nowhere_and_where_it_would_is_said() {
    let elsewhere = Server::start(|_| answer(200, "", "{\"items\":[]}"));
    let there = elsewhere.address.clone();
    for location in [format!("{there}/login?state=hidden"), "/login?state=hidden".to_owned()] {
        let server = Server::start(move |_| leads_to(&location));
        let error = server.client().runs().unwrap_err();
        assert!(matches!(error, RemoteError::Redirect { .. }), "{error}");
        let told = error.to_string();
        assert!(told.contains(&there) || told.contains(&server.address), "{told}");
        assert!(told.contains("--api") && !told.contains("hidden"), "{told}");
        assert_eq!(server.seen().len(), 1);
    }
    assert!(elsewhere.seen().is_empty());
}

#[test]
fn a_link_that_leads_on_for_ever_is_given_up() {
    let server = Server::start(|path| leads_to(&format!("{path}x?X-Amz-Signature=hidden")));
    let error = server.client().fetch(&server.link("/x")).unwrap_err();
    assert!(matches!(error, RemoteError::Redirect { .. }), "{error}");
    assert!(error.to_string().contains(&server.address) && !error.to_string().contains("hidden"), "{error}");
    // The link itself and three redirects, once.
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn a_link_does_not_lead_on_to_where_no_link_may_lead() {
    for (location, host) in [
        ("http://169.254.169.254/latest?hidden", "169.254.169.254"),
        ("http://bucket.example/x?hidden", "bucket.example"),
        ("http://0.0.0.0:1/x?hidden", "0.0.0.0"),
        ("ftp://127.0.0.1/x?hidden", "127.0.0.1"),
        ("//bucket.example/x?hidden", "the link to"),
    ] {
        let server = Server::start(move |_| leads_to(location));
        let error = server.client().fetch(&server.link("/x")).unwrap_err();
        assert!(matches!(error, RemoteError::Link { .. }), "{location}: {error}");
        assert!(error.to_string().contains(host) && !error.to_string().contains("hidden"), "{error}");
        assert_eq!(server.seen().len(), 1, "{location}");
    }
}

fn times_asked(answer: String) -> usize {
    let server = Server::start(move |_| answer.clone());
    server.client().runs().unwrap_err();
    server.seen().len()
}

fn problem(kind: ProblemKind, failure: Option<Failure>) -> String {
    let problem = Problem { failure, ..Problem::new(kind, "it did not work") };
    let header = format!("content-type: {}\r\n", Problem::MEDIA_TYPE);
    answer(problem.status, &header, &serde_json::to_string(&problem).unwrap())
}

#[test]
fn what_no_retry_can_mend_is_asked_once_and_everything_else_of_a_server_again() {
    for failure in Failure::ALL {
        let expected = if failure.is_retryable() { 5 } else { 1 };
        assert_eq!(times_asked(problem(ProblemKind::Internal, Some(failure))), expected, "{failure}");
    }
    // Who does not say what failed may do better the next time.
    assert_eq!(times_asked(problem(ProblemKind::Internal, None)), 5);
    assert_eq!(times_asked(problem(ProblemKind::Unavailable, Some(Failure::StorageUnavailable))), 5);
    assert_eq!(times_asked(problem(ProblemKind::NotFound, None)), 1);
    for (status, expected) in [(429, 5), (500, 5), (502, 5), (503, 5), (504, 5), (400, 1), (403, 1), (501, 1)] {
        assert_eq!(times_asked(answer(status, "", "{\"message\":\"by a gateway\"}")), expected, "{status}");
    }
}
