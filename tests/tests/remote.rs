//! The client of a deployed Exhibit, against the real routes, through a connection that fails in every way in which connections fail.

#![cfg(test)]

#[path = "remote/proxy.rs"]
mod proxy;

use api::{Identity, NewReport, Role, RunStatus};
use domain::{Failure, Timestamp};
use exhibit::{
    Home,
    remote::{Address, Described, Remote, RemoteError, Token},
    serving::{self, Claims, InProcess, SigningKey, Tell},
};
use proxy::{Fault, Proxy};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use storage::FaultHook;
use tests::{Fixture, inventory};
use verify::download::Folder;

/// A served data directory behind a connection with faults, and a client that asks it.
struct Case {
    remote: Remote,
    proxy: Proxy,
    home: Arc<Home>,
    fixture: Fixture,
    serving: tokio::runtime::Runtime,
}

fn token(folder: &Path, now: Timestamp) -> String {
    let identity = Identity {
        tenant: "acme".parse().unwrap(),
        subject: "ana@acme.example".parse().unwrap(),
        roles: BTreeSet::from([Role::Engineer]),
    };
    let until = now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    Claims::new(identity, now, until).sign(&SigningKey::of(folder).unwrap())
}

fn case(faults: impl Fn(usize, &str) -> Fault + Send + Sync + 'static) -> Case {
    let serving = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let fixture = Fixture::new(2);
    let home = Arc::new(fixture.home(FaultHook::none()));
    serving.block_on(fixture.commit(&home));
    serving.block_on(fixture.collect(&home));
    let listener = proxy::listen();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let tell: Tell = Arc::new(|_| ());
    let key = SigningKey::of(&fixture.folder).unwrap();
    let routes = {
        let _inside = serving.enter();
        serving::routes(&home, InProcess::start(&home, 2, &tell).unwrap(), &key, &address, tell)
    };
    let own = serving.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let upstream = own.local_addr().unwrap();
    serving.spawn(async move { axum::serve(own, routes).await });
    let proxy = Proxy::start(listener, upstream, faults);
    let token = Token::read(None, Some(token(&fixture.folder, home.clock.now()))).unwrap();
    let remote = Remote::with_pause(Address::new(&address).unwrap(), token, Duration::from_millis(20));
    Case { remote, proxy, home, fixture, serving }
}

impl Case {
    fn report(&self) -> api::RunWithLinks {
        let asked = NewReport { framework: "soc2".parse().unwrap(), period: self.fixture.window };
        let run = self.remote.request(&asked).unwrap();
        self.remote.wait(&run.run_id, Duration::from_secs(60), |_| ()).unwrap();
        self.serving.block_on(self.fixture.seal(&self.home));
        // Now with the statement, which is there once the log tells of the report.
        self.remote.run(&run.run_id).unwrap()
    }

    fn runs(&self) -> usize {
        self.serving.block_on(self.home.storage.custodian.runs(&self.home.tenant)).unwrap().len()
    }

    fn download(&self, folder: &Path) -> Result<exhibit::download::Downloaded, Box<exhibit::CommandError>> {
        self.remote.download(&self.report(), folder, true, |_, _| ()).map_err(Box::new)
    }
}

fn healthy(_: usize, _: &str) -> Fault {
    Fault::None
}

#[test]
fn a_report_is_asked_for_downloaded_verified_and_made_again() {
    let case = case(healthy);
    let found = case.report();
    let RunStatus::Completed { report_id, .. } = found.run.status else { panic!("{:?}", found.run) };
    // By its run, by its report, by the first digits of that.
    for text in [found.run.run_id.as_str(), &report_id.to_string(), &report_id.short()] {
        assert_eq!(case.remote.find(text).unwrap().run, found.run, "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let written = case.remote.download(&found, folder.path(), true, |_, _| ()).unwrap();
    assert_eq!((written.evidence, written.files), (6, inventory(folder.path()).len() as u64));
    let downloaded = Folder::open(folder.path()).unwrap();
    let verdict = Fixture::verified(folder.path());
    assert!(verdict.holds() && verdict.strangers.is_empty(), "{verdict:?}");
    assert_eq!(verdict.checked.remade, 5);
    // The record is put together from links, and is the one that is kept.
    let kept =
        case.serving.block_on(case.home.storage.custodian.report(&case.home.tenant, &report_id)).unwrap().unwrap();
    assert_eq!(downloaded.bytes_of("record.json").unwrap(), domain::canonical::to_bytes(&kept).unwrap());
}

#[test]
fn a_large_document_is_handed_in_once_through_every_fault() {
    for fault in [|| Fault::Status(503), || Fault::AnswerLost, || Fault::Cut] {
        // The first attempt of each request meets it.
        let seen = std::sync::Mutex::new(BTreeSet::new());
        let case =
            case(move |_, line| if seen.lock().unwrap().insert(line.to_owned()) { fault() } else { Fault::None });
        let described = Described {
            source: "policies".parse().unwrap(),
            document: "access-policy".parse().unwrap(),
            kind: None,
            about: Some("all of it & more".to_owned()),
            valid_until: Some("2027-07-01T00:00:00Z".parse().unwrap()),
        };
        let document: Vec<u8> = b"one line of a long policy\n".repeat(200_000);
        let version = case.remote.hand_in(&described, &document).unwrap();
        assert_eq!((version.version, version.submission.about.as_deref()), (1, Some("all of it & more")));
        assert_eq!(case.remote.uploads(Some(&described.source)).unwrap(), std::slice::from_ref(&version));
        let found = case.remote.upload((&described.source, &described.document, 1)).unwrap();
        assert_eq!(case.remote.fetch(&found.link).unwrap(), document);
        let refused = case.remote.decide((&described.source, &described.document, 1), &domain::Decision::Approved);
        // Half of a refusal is one, too.
        let is_refused = |error| {
            matches!(error, &(RemoteError::Problem { status: 403, .. } | RemoteError::Status { status: 403, .. }))
        };
        assert!(refused.as_ref().is_err_and(is_refused), "{refused:?}");
    }
}

#[test]
fn one_download_has_links_handed_out_once() {
    let case = case(healthy);
    let found = case.report();
    let RunStatus::Completed { report_id, .. } = found.run.status else { panic!("{:?}", found.run) };
    let with_links = format!("GET /v1/reports/{} ", found.run.run_id);
    for text in [found.run.run_id.as_str(), &report_id.short()] {
        let (folder, before) = (tempfile::tempdir().unwrap(), case.proxy.requests().len());
        let run = case.remote.find(text).unwrap();
        case.remote.download(&run, folder.path(), true, |_, _| ()).unwrap();
        let asked = case.proxy.requests().split_off(before);
        assert_eq!(asked.iter().filter(|line| line.starts_with(&with_links)).count(), 1, "{asked:?}");
    }
}

#[test]
fn the_status_lists_controls_runs_and_evidence() {
    let case = case(healthy);
    case.report();
    let controls = case.remote.controls(Some(&case.fixture.window)).unwrap();
    assert_eq!(controls.iter().map(|control| control.control.as_str()).collect::<Vec<_>>(), ["gone", "second-factor"]);
    assert_eq!(case.remote.runs().unwrap().len(), 1);
    let window = case.fixture.window;
    let evidence = case.remote.evidence_of(&controls[0].control, window.start(), window.end()).unwrap();
    assert_eq!(evidence.len(), 4);
    let accepted = case.remote.collect(&controls[0].control, Some(window)).unwrap();
    assert_eq!(accepted.evidence.len(), 4);
}

#[test]
fn a_server_that_fails_and_then_answers_is_asked_again_and_there_is_one_run() {
    let case = case(|count, _| if count == 0 { Fault::Status(500) } else { Fault::None });
    case.report();
    assert_eq!(case.runs(), 1);
    let posts = case.proxy.requests().into_iter().filter(|line| line.starts_with("POST")).count();
    assert_eq!(posts, 2);
}

#[test]
fn a_request_whose_answer_is_lost_is_sent_again_and_there_is_one_run() {
    let case = case(|count, line| match line.starts_with("POST") && count < 2 {
        true => Fault::AnswerLost,
        false => Fault::None,
    });
    case.report();
    assert_eq!(case.runs(), 1);
}

#[test]
fn a_server_that_goes_on_failing_is_given_up_and_the_same_command_may_succeed_later() {
    let case = case(|_, _| Fault::Status(503));
    let error = case.remote.runs().unwrap_err();
    assert_eq!(error.failure(), Failure::SourceUnavailable);
    assert_eq!(case.proxy.requests().len(), 5);
}

#[test]
fn what_is_refused_is_not_asked_again() {
    let case = case(healthy);
    let error = case.remote.run(&"run-of-nobody".parse().unwrap()).unwrap_err();
    assert_eq!(error.failure(), Failure::InvalidInput, "{error}");
    assert_eq!(case.proxy.requests().len(), 1);
    let address = Address::new(&case.proxy.address()).unwrap();
    let stranger = Remote::new(address, Token::read(None, Some("wrong".to_owned())).unwrap());
    let error = stranger.runs().unwrap_err();
    assert_eq!(error.failure(), Failure::SourceDenied, "{error}");
    assert!(!error.to_string().contains("wrong"), "{error}");
}

#[test]
fn an_object_that_is_not_what_was_recorded_is_refused_and_not_kept() {
    let case = case(|_, line| if line.contains("/v1/objects/") { Fault::Spoilt } else { Fault::None });
    let folder = tempfile::tempdir().unwrap();
    let error = case.download(folder.path()).unwrap_err();
    assert_eq!(error.failure(), Failure::IntegrityMismatch, "{error}");
    assert!(inventory(folder.path()).is_empty());
}

#[test]
fn half_an_object_is_fetched_again() {
    let case = case(|count, line| match line.contains("/v1/objects/") && count == 0 {
        true => Fault::Cut,
        false => Fault::None,
    });
    let folder = tempfile::tempdir().unwrap();
    case.download(folder.path()).unwrap();
    assert!(Fixture::verified(folder.path()).holds());
}

#[test]
fn an_object_without_an_end_is_not_read_to_its_end() {
    let case = case(|_, line| if line.contains("/v1/objects/") { Fault::Endless } else { Fault::None });
    let (folder, begun) = (tempfile::tempdir().unwrap(), Instant::now());
    let error = case.download(folder.path()).unwrap_err();
    assert!(error.to_string().contains("longer than it may be"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn an_answer_without_an_end_is_not_read_to_its_end() {
    let case = case(|_, _| Fault::Endless);
    let error = case.remote.runs().unwrap_err();
    assert_eq!(error.failure(), Failure::InvalidInput, "{error}");
}

#[test]
fn the_token_does_not_follow_a_redirect_and_does_not_go_where_a_link_leads() {
    let elsewhere = proxy::listen();
    let there = format!("http://{}/", elsewhere.local_addr().unwrap());
    let seen = proxy::record(elsewhere);
    let case = case(move |_, line| match line.starts_with("GET /v1/reports?") {
        true => Fault::Redirect(there.clone()),
        false => Fault::None,
    });
    let error = case.remote.runs().unwrap_err();
    assert!(error.to_string().contains("leads elsewhere"), "{error}");
    assert!(seen.lock().unwrap().is_empty(), "nobody asks where a redirect of the API leads");
    let folder = tempfile::tempdir().unwrap();
    case.download(folder.path()).unwrap();
    let with_token = case.proxy.requests_with_token();
    assert!(with_token.iter().any(|line| line.contains("/v1/evidence/")));
    assert!(!with_token.iter().any(|line| line.contains("/v1/objects/")), "{with_token:?}");
}

#[test]
fn a_run_that_failed_says_why() {
    let case = case(healthy);
    let custody = case.fixture.custody();
    let lost = inventory(&custody).into_keys().find(|file| file.starts_with("objects/acme/evidence/")).unwrap();
    std::fs::remove_file(custody.join(&lost)).unwrap();
    let asked = NewReport { framework: "soc2".parse().unwrap(), period: case.fixture.window };
    let run = case.remote.request(&asked).unwrap();
    let error = case.remote.wait(&run.run_id, Duration::from_secs(60), |_| ()).map(drop).unwrap_err();
    assert!(matches!(error, RemoteError::RunFailed { .. }), "{error}");
    assert_eq!(error.failure(), Failure::IntegrityMismatch, "{error}");
    assert!(error.to_string().contains(lost.trim_start_matches("objects/")), "{error}");
}

#[test]
fn what_cannot_be_reported_on_is_refused_before_there_is_a_run() {
    let case = case(healthy);
    let asked = NewReport { framework: "nonesuch".parse().unwrap(), period: case.fixture.window };
    let error = case.remote.request(&asked).unwrap_err();
    assert!(matches!(error, RemoteError::Problem { status: 422, .. }), "{error}");
    assert_eq!(error.failure(), Failure::InvalidInput, "{error}");
    assert!(error.to_string().contains("nonesuch"), "{error}");
    assert_eq!((case.runs(), case.proxy.requests().len()), (0, 1));
}
