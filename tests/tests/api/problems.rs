//! Whatever goes wrong is told as a problem, and tells nothing of the inside.

use crate::{
    Served,
    served::{Answer, Asked},
};
use api::{Problem, ProblemKind, Role, RunWithLinks};
use std::fs;
use storage::{Fault, FaultHook};

use ProblemKind::{
    BadRequest, Internal, InvalidInput, MethodNotAllowed, NotFound, TooLarge, Unavailable, UnsupportedMediaType,
};

#[track_caller]
fn is(answer: &Answer, kind: ProblemKind, path: &str) -> Problem {
    let problem: Problem = answer.read();
    let (status, title) = kind.status_and_title();
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{answer:?}");
    assert_eq!((problem.kind, answer.status, problem.status), (kind, status, status), "{}", problem.detail);
    assert_eq!((problem.title.as_str(), problem.instance.as_deref()), (title, path.split('?').next()));
    assert!(problem.detail.len() > 10, "{problem:?}");
    problem
}

fn ask(served: &Served, method: &str, path: &str, headers: &[(&'static str, &str)], body: &[u8]) -> Answer {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let token = Some(served.token(&Role::ALL));
    let body = (!body.is_empty()).then(|| body.to_vec());
    served.ask(Asked { method, path: path.to_owned(), token, headers, body })
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

#[test]
fn a_path_or_a_method_that_is_not_served_is_told() {
    let served = Served::new(1);
    for path in
        ["/", "/v1", "/v2/reports", "/v1/reports/", "/v1/reports/a/b", "/v1/evidence/a/b", "/v1/objects", "/v1/%ff"]
    {
        is(&ask(&served, "GET", path, &[], b""), NotFound, path);
    }
    for (method, path, allowed) in [
        ("DELETE", "/v1/reports/run-1", "GET"),
        ("PUT", "/v1/reports", "POST, GET"),
        ("PATCH", "/v1/evidence", "GET"),
        ("POST", "/v1/evidence/gone.hr-system.2026-07-01", "GET"),
        ("GET", "/v1/controls/gone/collect", "POST"),
        ("OPTIONS", "/v1/controls", "GET"),
    ] {
        let body: &[u8] = if ["PUT", "PATCH", "POST"].contains(&method) { b"{}" } else { b"" };
        let answer = ask(&served, method, path, JSON, body);
        is(&answer, MethodNotAllowed, path);
        assert_eq!(answer.headers["allow"], allowed, "{method} {path}");
    }
    // HEAD would hand links out and throw them away.
    assert_eq!(ask(&served, "HEAD", "/v1/reports", &[], b"").status, 405);
}

#[test]
fn a_body_that_cannot_be_read_is_told() {
    let served = Served::new(1);
    let good = br#"{"framework":"soc2","period":"2026-07"}"#;
    for body in [
        &b""[..],
        b"{",
        b"[]",
        b"null",
        b"{}",
        br#"{"framework":"soc2"}"#,
        br#"{"framework":"soc2","period":"2026-07","tenant":"globex"}"#,
        br#"{"framework":"../x","period":"2026-07"}"#,
        br#"{"framework":"soc2","period":"2026-13"}"#,
        br#"{"framework":"soc2","period":{"start":"2026-07-01T00:00:00Z","end":"2026-08-01T00:00:00Z"}}"#,
        b"\xff\xfe",
    ] {
        is(&ask(&served, "POST", "/v1/reports", JSON, body), BadRequest, "/v1/reports");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "multipart/form-data"] {
        let answer = ask(&served, "POST", "/v1/reports", &[("content-type", kind)], good);
        is(&answer, UnsupportedMediaType, "/v1/reports");
    }
    let large = vec![b' '; api::LARGEST_BODY + 1];
    is(&ask(&served, "POST", "/v1/reports", JSON, &large), TooLarge, "/v1/reports");
    let path = "/v1/controls/gone/collect";
    for body in [&br#"{"period":"now"}"#[..], br#"{"period":null}"#, br#"{"from":"2026-07-01"}"#] {
        is(&ask(&served, "POST", path, JSON, body), BadRequest, path);
    }
    is(&ask(&served, "POST", path, JSON, &large), TooLarge, path);
    for key in ["", "a b", &"x".repeat(256)] {
        let headers = [JSON[0], ("idempotency-key", key)];
        is(&ask(&served, "POST", "/v1/reports", &headers, good), BadRequest, "/v1/reports");
    }
    let with_charset = [("content-type", "Application/JSON; charset=utf-8")];
    assert_eq!(ask(&served, "POST", "/v1/reports", &with_charset, good).status, 202);
}

#[test]
fn parameters_that_cannot_be_read_are_told() {
    let served = Served::new(3);
    let cursor = served.get("/v1/evidence?control_id=gone&limit=1").json()["next"].as_str().unwrap().to_owned();
    let paths = [
        "/v1/reports?limit=0".to_owned(),
        "/v1/reports?limit=201".to_owned(),
        "/v1/reports?limit=ten".to_owned(),
        "/v1/reports?limit=1&limit=2".to_owned(),
        "/v1/reports?page=2".to_owned(),
        "/v1/reports?cursor=".to_owned(),
        "/v1/reports?cursor=abc".to_owned(),
        format!("/v1/reports?cursor={cursor}"),
        format!("/v1/evidence?control_id=second-factor&cursor={cursor}"),
        format!("/v1/evidence?control_id=gone&from=2026-07-02&cursor={cursor}"),
        format!("/v1/controls?cursor={cursor}"),
        "/v1/evidence".to_owned(),
        "/v1/evidence?control_id=..".to_owned(),
        "/v1/evidence?control_id=gone&from=yesterday".to_owned(),
        "/v1/evidence?control_id=gone&from=2026-07-02&to=2026-07-01".to_owned(),
        "/v1/controls?period=2026-Q9".to_owned(),
        "/v1/controls?period=2025-01-01T00:00:00Z--2026-06-01T00:00:00Z".to_owned(),
        "/v1/controls?period=%ff".to_owned(),
    ];
    for path in paths {
        is(&ask(&served, "GET", &path, &[], b""), BadRequest, &path);
    }
}

#[test]
fn what_cannot_be_done_is_told_with_its_reason() {
    let served = Served::new(1);
    let report = |framework: &str, period: &str| {
        let body = format!(r#"{{"framework":"{framework}","period":"{period}"}}"#);
        let answer = ask(&served, "POST", "/v1/reports", JSON, body.as_bytes());
        is(&answer, InvalidInput, "/v1/reports").detail
    };
    assert!(report("iso27001", "2026-07").contains("soc2"), "the frameworks that there are");
    assert!(report("soc2", "2026-Q4").contains("has not begun"));
    assert!(report("soc2", "2001-01-01T00:00:00Z--2026-01-01T00:00:00Z").contains("three years"));
    let collect = |period: &str| {
        let path = "/v1/controls/gone/collect";
        let answer = ask(&served, "POST", path, JSON, format!(r#"{{"period":"{period}"}}"#).as_bytes());
        is(&answer, InvalidInput, path).detail
    };
    assert!(collect("2026-09-01").contains("no slot is due"));
    assert!(collect("2026-07-01T05").contains("no slot is due"));
    assert!(collect("0001-01-01T00:00:00Z--9999-01-01T00:00:00Z").contains("longer than a year"));
}

#[test]
fn what_is_not_there_is_told() {
    let served = Served::new(1);
    for path in [
        "/v1/reports/none",
        "/v1/reports/..%2F..%2Fx",
        "/v1/reports/%ff",
        "/v1/evidence/gone.hr-system.2026-07-09",
        "/v1/evidence/none",
        "/v1/evidence/gone.hr-system.2026-Q9",
        "/v1/evidence/%00",
    ] {
        is(&ask(&served, "GET", path, &[], b""), NotFound, path);
    }
    for path in ["/v1/controls/none/collect", "/v1/controls/%ff/collect", "/v1/controls/A/collect"] {
        is(&ask(&served, "POST", path, JSON, b"{}"), NotFound, path);
    }
}

#[test]
fn a_store_that_does_not_answer_is_told_as_such() {
    let hook = FaultHook::new(|operation| operation.name.starts_with("table.").then_some(Fault::Failed));
    let served = Served::with_faults(1, hook);
    let good = br#"{"framework":"soc2","period":"2026-07"}"#;
    let answers = [
        ("/v1/reports", ask(&served, "GET", "/v1/reports", &[], b"")),
        ("/v1/controls", ask(&served, "GET", "/v1/controls", &[], b"")),
        ("/v1/reports/x", ask(&served, "GET", "/v1/reports/x", &[], b"")),
        ("/v1/reports", ask(&served, "POST", "/v1/reports", JSON, good)),
    ];
    for (path, answer) in answers {
        let problem = is(&answer, Unavailable, path);
        assert_eq!(problem.failure, Some(domain::Failure::StorageUnavailable));
        assert!(answer.headers.contains_key("retry-after"));
        assert!(!answer.text().contains("a fault was injected"), "{answer:?}");
    }
    assert!(served.told().contains("a fault was injected"), "{}", served.told());
}

#[test]
fn the_inside_stays_inside_and_the_log_has_the_cause() {
    let served = Served::new(1);
    let run: RunWithLinks = served.report().read();
    let snapshot = run.links.iter().find(|link| link.content == api::LinkContent::Snapshot).unwrap();
    let file = served.fixture.custody().join("objects").join(&snapshot.key);
    let folder = file.parent().unwrap().to_owned();
    fs::remove_file(&file).unwrap();
    fs::write(&file, "{}").unwrap();
    let answer = served.get(run.run.address());
    let problem = is(&answer, Internal, &run.run.address());
    assert_eq!(problem.failure, Some(domain::Failure::IntegrityMismatch));
    let text = answer.text();
    assert!(!text.contains("acme/") && !text.contains(folder.to_str().unwrap()), "{text}");
    assert!(served.told().contains(&snapshot.key), "{}", served.told());
}
