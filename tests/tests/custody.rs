//! Evidence is kept once and nothing is lost: contention, faults, kills.

#![cfg(test)]

use domain::EventKind;
use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use storage::{Fault, FaultHook};
use tests::{Fixture, inventory};
use verify::custody;

async fn assert_holds(fixture: &Fixture, when: &str) {
    let home = fixture.home(FaultHook::none());
    let verdict = custody::verify(&home.storage, &Fixture::trust(), None).await.unwrap();
    assert_eq!(verdict.problems, [], "{when}");
}

/// What is kept, without what differs from one way there to another: attempts, leases, leftovers.
async fn kept(fixture: &Fixture) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
    let home = fixture.home(FaultHook::none());
    let objects = inventory(&fixture.custody().join("objects"));
    let events = home.storage.custodian.waiting_events(&home.tenant).await.unwrap();
    let lasting = events.iter().filter(|event| !matches!(event.kind, EventKind::EvidenceFailed { .. }));
    let mut names: Vec<_> = lasting.map(|event| event.name()).collect();
    names.sort();
    (objects, names)
}

fn worker(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_worker"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn fifty_tasks_in_each_of_two_processes_leave_one_evidence_one_file_and_one_event() {
    let fixture = Fixture::new(1);
    let folder = fixture.folder.to_str().unwrap();
    let running: Vec<_> = (0..2).map(|_| worker(&["contend", folder, "50"]).spawn().unwrap()).collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(text, "50 tasks, 0 failed\n", "{}", String::from_utf8_lossy(&output.stderr));
    }
    let home = fixture.home(FaultHook::none());
    let control = "second-factor".parse().unwrap();
    let records = home.storage.custodian.evidence_of(&home.tenant, &control, &fixture.window).await.unwrap();
    let events = home.storage.custodian.waiting_events(&home.tenant).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(inventory(&fixture.custody().join("objects")).len(), 1);
    assert_eq!(
        events.iter().map(|event| event.name()).collect::<Vec<_>>(),
        ["evidence-collected/second-factor.aws-iam.2026-07-01"]
    );
    assert_holds(&fixture, "after the contention").await;
}

#[tokio::test]
async fn reports_asked_for_at_once_in_several_processes_are_all_completed() {
    let fixture = Fixture::new(1);
    let home = fixture.home(FaultHook::none());
    fixture.collect(&home).await;
    drop(home);
    let folder = fixture.folder.to_str().unwrap();
    let running: Vec<_> = (0..3).map(|_| worker(&["reports", folder, "4"]).spawn().unwrap()).collect();
    let outputs: Vec<_> = running.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    for output in &outputs {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stdout, outputs[0].stdout);
    }
    assert_holds(&fixture, "after twelve reports at once").await;
    let home = fixture.home(FaultHook::none());
    assert_eq!(home.storage.custodian.reports(&home.tenant).await.unwrap().len(), 1);
    assert_eq!(home.storage.custodian.runs(&home.tenant).await.unwrap().len(), 12);
    assert_eq!(inventory(&fixture.custody().join("drafts")).len(), 0);
}

#[tokio::test]
async fn everything_twice_is_the_same_as_once() {
    let fixture = Fixture::new(2);
    let home = fixture.home(FaultHook::none());
    fixture.collect(&home).await;
    let first = fixture.report(&home).await.unwrap();
    let once = kept(&fixture).await;
    assert!(
        fixture
            .collect(&home)
            .await
            .iter()
            .all(|(_, ended)| { matches!(ended, Ok(collecting::Outcome::Collected { new: false, .. })) })
    );
    let second = fixture.report(&home).await.unwrap();
    assert!(second.existed && !first.existed);
    assert_eq!(first.record, second.record);
    assert_eq!(kept(&fixture).await, once);
}

#[tokio::test]
async fn every_step_of_a_report_twice_gives_the_same() {
    let fixture = Fixture::new(1);
    let home = fixture.home(FaultHook::none());
    fixture.collect(&home).await;
    let (storage, request, now) = (&home.storage, fixture.request(&home), home.clock.now());
    let run = domain::ReportRun {
        run_id: request.run_id.clone(),
        framework: request.framework.clone(),
        period: request.period,
        requested_by: request.requested_by.clone(),
        requested_at: now,
        state: domain::RunState::Requested,
    };
    storage.custodian.request(&home.tenant, &run).await.unwrap();
    storage.custodian.request(&home.tenant, &run).await.unwrap();
    let snapshotted = snapshot::snapshot(storage, &home.catalog, &request, None, now).await.unwrap();
    assert_eq!(snapshot::snapshot(storage, &home.catalog, &request, None, now).await.unwrap(), snapshotted);
    let transformed = transform::transform(storage, &snapshotted).await.unwrap();
    assert_eq!(transform::transform(storage, &snapshotted).await.unwrap(), transformed);
    let rendered = render::render(storage, &transformed).await.unwrap();
    assert_eq!(render::render(storage, &transformed).await.unwrap(), rendered);
    let uploaded = upload::upload(storage, &rendered, now).await.unwrap();
    assert_eq!(upload::upload(storage, &rendered, now).await.unwrap(), uploaded);
    let verified = verify::verify(storage, &uploaded, now).await.unwrap();
    assert_eq!(verify::verify(storage, &uploaded, now).await.unwrap(), verified);
    assert_holds(&fixture, "after every step twice").await;
}

/// Plugs a fault into the call with this number, counted from 0.
fn fault_at(number: usize, fault: Fault) -> (FaultHook, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let hook = FaultHook::new(move |_| (counted.fetch_add(1, Ordering::SeqCst) == number).then_some(fault));
    (hook, calls)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_any_storage_call_in_either_form_is_mended_by_a_retry() {
    let clean = Fixture::new(1);
    let (hook, calls) = fault_at(usize::MAX, Fault::Failed);
    let home = clean.home(hook);
    clean.collect(&home).await;
    let expected_record = clean.report(&home).await.unwrap().record;
    let count = calls.load(Ordering::SeqCst);
    drop(home);
    let expected = kept(&clean).await;
    assert!(count > 30, "only {count} storage calls were seen");
    for number in 0..count {
        for fault in [Fault::Failed, Fault::AnswerLost] {
            let fixture = Fixture::new(1);
            let when = format!("after the fault {fault:?} at call {number} of {count}");
            let home = fixture.home(fault_at(number, fault).0);
            let collected = fixture.collect(&home).await;
            let failed = collected.iter().any(|(_, ended)| ended.is_err());
            assert!(failed || fixture.report(&home).await.is_err(), "nothing failed {when}");
            drop(home);
            assert_holds(&fixture, &when).await;
            let home = fixture.home(FaultHook::none());
            assert!(fixture.collect(&home).await.iter().all(|(_, ended)| ended.is_ok()), "{when}");
            assert_eq!(fixture.report(&home).await.unwrap().record, expected_record, "{when}");
            drop(home);
            assert_eq!(kept(&fixture).await, expected, "{when}");
            assert_holds(&fixture, &format!("{when} and the retry")).await;
        }
    }
    println!("{count} storage calls, each with both faults");
}

#[tokio::test]
async fn killed_at_a_hundred_moments_nothing_is_lost_and_nothing_is_twice() {
    let days = 3;
    let clean = Fixture::new(days);
    let begun = Instant::now();
    let digests = worker(&["work", clean.folder.to_str().unwrap(), "3"]).output().unwrap();
    assert!(digests.status.success(), "{}", String::from_utf8_lossy(&digests.stderr));
    let (whole, expected) = (begun.elapsed(), kept(&clean).await);
    let mut fixture = Fixture::new(days);
    let (mut killed, mut completed) = (0, 0);
    // Moments spread over the whole run by a fixed sequence (the golden ratio's multiples are even however many are taken).
    while killed < 100 {
        let share = (f64::from(killed + completed) * 0.618_033_988_75).fract();
        let mut child = worker(&["work", fixture.folder.to_str().unwrap(), "3"]).spawn().unwrap();
        std::thread::sleep(Duration::from_secs_f64(whole.as_secs_f64() * share));
        let already_done = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_holds(&fixture, &format!("after kill {killed}")).await;
        if already_done {
            completed += 1;
            assert_eq!(kept(&fixture).await, expected, "after {killed} kills");
            fixture = Fixture::new(days);
        } else {
            killed += 1;
        }
    }
    let output = worker(&["work", fixture.folder.to_str().unwrap(), "3"]).output().unwrap();
    assert_eq!(output.stdout, digests.stdout);
    assert_eq!(kept(&fixture).await, expected);
    assert_holds(&fixture, "at the end").await;
    println!("{killed} kills within {whole:?} each, {completed} runs had ended before theirs");
}

#[tokio::test]
async fn two_processes_in_two_folders_make_the_same_bytes_whatever_their_locale() {
    let digests = |zone: &str, language: &str| {
        let fixture = Fixture::new(2);
        let mut command = worker(&["work", fixture.folder.to_str().unwrap(), "2"]);
        let output = command.env("TZ", zone).env("LANG", language).env("LC_ALL", language).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let first = digests("UTC", "C");
    assert_eq!(first.lines().count(), 4);
    assert_eq!(first, digests("Pacific/Kiritimati", "tr_TR.UTF-8"));
}

#[tokio::test]
async fn malformed_input_fails_its_slot_and_leaves_the_others_alone() {
    let fixture = Fixture::new(2);
    std::fs::write(fixture.folder.join("sources/accounts-2026-07-01.csv"), "user,second_factor\nana,perhaps\n")
        .unwrap();
    std::fs::remove_file(fixture.folder.join("sources/people-2026-07-02.json")).unwrap();
    let home = fixture.home(FaultHook::none());
    fixture.collect(&home).await;
    let finished = fixture.report(&home).await.unwrap();
    let json = finished.record.artifacts.iter().find(|file| file.format == domain::ReportFormat::Json).unwrap();
    let report: domain::Report =
        serde_json::from_slice(&home.storage.locker.fetch(&json.artifact).await.unwrap()).unwrap();
    let gaps: Vec<_> = report.coverage.gaps.iter().map(|gap| gap.evidence_id.to_string()).collect();
    assert_eq!(gaps, ["gone.aws-iam.2026-07-01", "gone.hr-system.2026-07-02", "second-factor.aws-iam.2026-07-01"]);
    assert_eq!((report.coverage.collected, report.coverage.expected), (3, 6));
    let domain::GapReason::Failed { error, message } = &report.coverage.gaps[0].reason else { panic!() };
    assert_eq!(error, "InvalidInput");
    assert!(message.contains("accounts-2026-07-01.csv") && message.contains("second_factor"), "{message}");
    assert_holds(&fixture, "with gaps").await;
}
