//! Asking for reports and collections: once, also when it is asked twice; and to an end, also after a crash.

use crate::Served;
use api::{Evidence, EvidenceStatus, Run, RunStatus, RunWithLinks};
use api_write::{StartError, Starter};
use domain::{CollectionRequest, EventKind, ReportRequest, ReportRun, RunId, RunState, TenantId};
use exhibit::{UnderWay, serving::InProcess};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use storage::{Fault, FaultHook};
use tests::Fixture;

fn asked(served: &Served) -> Value {
    json!({"framework": "soc2", "period": served.fixture.window.to_string()})
}

fn requested(served: &Served) -> usize {
    let events = served.runtime.block_on(Fixture::events(&served.home));
    events.values().filter(|event| matches!(event.kind, EventKind::ReportRequested { .. })).count()
}

#[test]
fn a_report_that_is_asked_for_is_made_and_the_same_as_by_hand() {
    let served = Served::new(2);
    let run: RunWithLinks = served.report().read();
    let RunStatus::Completed { report_id, .. } = run.run.status else { panic!("{run:?}") };
    assert_eq!(run.run.requested_by.as_str(), "ana@acme.example");
    let by_hand = served.runtime.block_on(served.fixture.report(&served.home)).unwrap();
    assert!(by_hand.existed);
    assert_eq!(by_hand.record.report_id, report_id);
}

#[test]
fn one_idempotency_key_is_one_run() {
    let served = Served::new(1);
    let key = [("idempotency-key", "7c9e6679-7425-40de-944b-e07fc1f90ae7")];
    let first = served.post("/v1/reports", &asked(&served), &key);
    let second = served.post("/v1/reports", &asked(&served), &key);
    assert_eq!((first.status, second.status), (202, 202));
    assert_eq!(first.headers["location"], second.headers["location"]);
    served.ended(&first.headers["location"]);
    let after: Run = served.post("/v1/reports", &asked(&served), &key).read();
    assert!(matches!(after.status, RunStatus::Completed { .. }), "{after:?}");
    assert_eq!(requested(&served), 1);
    let other = served.post("/v1/reports", &json!({"framework": "soc2", "period": "2026-07"}), &key);
    assert_eq!(other.status, 422);
    assert_eq!(other.json()["type"], "urn:exhibit:problem:idempotency-conflict");
    assert_eq!(requested(&served), 1);
    let without = served.post("/v1/reports", &asked(&served), &[]);
    assert_ne!(first.headers["location"], without.headers["location"]);
    served.ended(&without.headers["location"]);
}

#[test]
fn ten_requests_with_one_key_at_once_are_one_run() {
    let served = Served::new(1);
    let key = [("idempotency-key", "once")];
    std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..10).map(|_| scope.spawn(|| served.post("/v1/reports", &asked(&served), &key))).collect();
        let answers: Vec<_> = asking.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(answers.iter().all(|answer| answer.headers["location"] == answers[0].headers["location"]));
        served.ended(&answers[0].headers["location"]);
    });
    assert_eq!(requested(&served), 1);
}

#[test]
fn a_report_that_cannot_be_made_ends_as_failed_with_its_reason() {
    let hook = FaultHook::new(|operation| (operation.name == "locker.put_draft").then_some(Fault::Failed));
    let served = Served::with_faults(1, hook);
    let run: Run = served.report().read();
    let RunStatus::Failed { error, message, .. } = run.status else { panic!("{run:?}") };
    assert_eq!(error, "StorageUnavailable");
    assert!(message.contains("put_draft"), "{message}");
}

/// Starts as another one does, but the first answer is lost: before anything was started, or after.
#[derive(Clone)]
struct Losing {
    inner: InProcess,
    fault: Arc<Mutex<Option<Fault>>>,
}

impl Losing {
    async fn around(&self, start: impl Future<Output = Result<(), StartError>> + Send) -> Result<(), StartError> {
        let fault = self.fault.lock().unwrap().take();
        if fault != Some(Fault::Failed) {
            start.await?;
        }
        fault.map_or(Ok(()), |_| Err(StartError::Unavailable("the answer was lost".to_owned())))
    }
}

impl Starter for Losing {
    fn accepts(&self, tenant: &TenantId) -> Result<(), StartError> {
        self.inner.accepts(tenant)
    }

    async fn report(&self, request: &ReportRequest) -> Result<(), StartError> {
        self.around(self.inner.report(request)).await
    }

    async fn collection(&self, request: &CollectionRequest) -> Result<(), StartError> {
        self.around(self.inner.collection(request)).await
    }
}

fn losing(fault: Fault) -> Served {
    let mut served = Served::new(1);
    served.start_by(Losing { inner: served.starter.clone(), fault: Arc::new(Mutex::new(Some(fault))) });
    served
}

#[test]
fn a_start_whose_answer_was_lost_is_one_run_when_it_is_asked_again() {
    let key = [("idempotency-key", "once")];
    for fault in [Fault::Failed, Fault::AnswerLost] {
        let served = losing(fault);
        let first = served.post("/v1/reports", &asked(&served), &key);
        assert_eq!((first.status, &first.headers["content-type"]), (503, &"application/problem+json".to_owned()));
        assert!(!first.text().contains("the answer was lost"), "the cause is for the log: {first:?}");
        let second = served.post("/v1/reports", &asked(&served), &key);
        assert_eq!(second.status, 202, "{second:?}");
        let run: Run = served.ended(&second.headers["location"]).read();
        assert!(matches!(run.status, RunStatus::Completed { .. }), "{run:?}");
        assert_eq!(requested(&served), 1, "{fault:?}");
    }
}

#[test]
fn a_start_that_happened_although_its_answer_was_lost_is_made_to_its_end() {
    let served = losing(Fault::AnswerLost);
    assert_eq!(served.post("/v1/reports", &asked(&served), &[]).status, 503);
    let begun = Instant::now();
    let run = loop {
        let runs = served.get("/v1/reports").json()["items"].clone();
        match runs.as_array().unwrap().first().map(|run| run["run_id"].as_str().unwrap().to_owned()) {
            Some(run) => break run,
            None => assert!(begun.elapsed() < Duration::from_secs(60), "{}", served.told()),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let run: Run = served.ended(&format!("/v1/reports/{run}")).read();
    assert!(matches!(run.status, RunStatus::Completed { .. }), "{run:?}");
}

fn left_behind(served: &Served, name: &str, seconds: i64) -> String {
    let run = ReportRun {
        run_id: name.parse().unwrap(),
        framework: "soc2".parse().unwrap(),
        period: served.fixture.window,
        requested_by: "ben@acme.example".parse().unwrap(),
        requested_at: served.home.clock.now() - SignedDuration::from_secs(seconds),
        state: RunState::Requested,
    };
    served.runtime.block_on(served.home.storage.custodian.request(&served.home.tenant, &run)).unwrap();
    format!("/v1/reports/{name}")
}

#[test]
fn a_run_that_a_dead_process_left_behind_goes_on_and_one_that_is_under_way_is_left_alone() {
    let served = Served::new(1);
    let left = left_behind(&served, "left", 3600);
    left_behind(&served, "young", 1);
    left_behind(&served, "held", 3600);
    let held: RunId = "held".parse().unwrap();
    let claim = UnderWay::claim(&served.fixture.folder, &held).unwrap().unwrap();
    let resume = || served.runtime.block_on(served.starter.resume(served.home.clock.now())).unwrap();
    assert_eq!(resume(), 1);
    let run: Run = served.ended(&left).read();
    assert!(matches!(run.status, RunStatus::Completed { .. }), "{run:?}");
    drop(claim);
    assert_eq!(resume(), 1);
    let run: Run = served.ended("/v1/reports/held").read();
    assert!(matches!(run.status, RunStatus::Completed { .. }), "{run:?}");
    let young: Run = served.get("/v1/reports/young").read();
    assert_eq!(young.status, RunStatus::Requested);
}

#[test]
fn a_control_is_collected_when_asked_in_the_name_of_who_asks() {
    let fixture = Fixture::new(2);
    let home = fixture.home(FaultHook::none());
    let served = Served::over(fixture, home, tokio::runtime::Runtime::new().unwrap());
    let path = "/v1/controls/gone/collect";
    let accepted = served.post(path, &json!({"period": served.fixture.window.to_string()}), &[]);
    assert_eq!(accepted.status, 202);
    let ids: Vec<String> = serde_json::from_value(accepted.json()["evidence"].clone()).unwrap();
    assert_eq!(ids.len(), 4);
    let again = served.post(path, &json!({"period": served.fixture.window.to_string()}), &[]);
    assert_eq!(again.json(), accepted.json());
    let begun = Instant::now();
    for id in &ids {
        let collected = loop {
            let answer = served.get(format!("/v1/evidence/{id}"));
            match answer.status {
                404 => {}
                _ => match answer.read::<Evidence>().status {
                    EvidenceStatus::Collected { executed_by, .. } => break executed_by,
                    other => println!("{other:?}"),
                },
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{}", served.told());
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(collected.as_str(), "ana@acme.example");
    }
}

#[test]
fn a_collection_without_a_window_is_of_the_newest_complete_period() {
    let served = Served::new(1);
    let accepted = served.ask(crate::served::Asked {
        method: "POST",
        path: "/v1/controls/second-factor/collect".to_owned(),
        token: Some(served.token(&[api::Role::Engineer])),
        ..Default::default()
    });
    assert_eq!(accepted.status, 202);
    assert_eq!(accepted.json()["period"], "2026-07-31");
    assert_eq!(accepted.json()["evidence"], json!(["second-factor.aws-iam.2026-07-31"]));
}
