//! The steps of a report as the functions of the state machine: payloads as JSON between them, each of them twice.

#![cfg(test)]

use domain::{
    Evaluated, Failure, RenderStep, Rendered, ReportFormat, ReportRequest, RunState, Snapshotted, TransformStep,
    Transformed, Uploaded,
};
use exhibit::Home;
use runtime::{Clock, Metrics};
use serde::{Serialize, de::DeserializeOwned};
use storage::{FaultHook, Run};
use tests::{Fixture, inventory};
use transform::Answer;

/// What a payload is on the other side of the state machine.
fn sent<T: Serialize + DeserializeOwned>(payload: &T) -> T {
    serde_json::from_str(&serde_json::to_string(payload).unwrap()).unwrap()
}

async fn snapshot(home: &Home, request: &ReportRequest) -> Snapshotted {
    let taken = || snapshot::handle(&home.storage, &home.catalog, request, None, home.clock.now());
    let first = taken().await.unwrap();
    assert_eq!(taken().await.unwrap(), first);
    sent(&first)
}

async fn transform(home: &Home, step: TransformStep) -> Answer {
    let metrics = Metrics::new("test");
    let first = transform::handle(&home.storage, &sent(&step), &metrics).await.unwrap();
    assert_eq!(transform::handle(&home.storage, &sent(&step), &metrics).await.unwrap(), first);
    first
}

async fn transform_whole(home: &Home, snapshotted: &Snapshotted, evaluated: Vec<Evaluated>) -> Transformed {
    let step = TransformStep { snapshotted: snapshotted.clone(), control: None, evaluated };
    match transform(home, step).await {
        Answer::Transformed(transformed) => sent(&*transformed),
        Answer::Evaluated(one) => panic!("{one:?}"),
    }
}

async fn transform_by_control(home: &Home, snapshotted: &Snapshotted) -> Vec<Evaluated> {
    let mut evaluated = Vec::new();
    for control in &snapshotted.controls {
        let (snapshotted, control) = (snapshotted.clone(), Some(control.clone()));
        match transform(home, TransformStep { snapshotted, control, evaluated: Vec::new() }).await {
            Answer::Evaluated(one) => evaluated.push(sent(&one)),
            Answer::Transformed(whole) => panic!("{whole:?}"),
        }
    }
    evaluated
}

#[tokio::test]
async fn findings_made_control_by_control_give_the_same_bytes() {
    let fixture = Fixture::new(3);
    let home = fixture.home(FaultHook::none());
    fixture.collect(&home).await;
    let snapshotted = snapshot(&home, &fixture.request(&home)).await;
    assert_eq!(snapshotted.controls.len(), 2);
    let whole = transform_whole(&home, &snapshotted, Vec::new()).await;
    let mut evaluated = transform_by_control(&home, &snapshotted).await;
    evaluated.reverse();
    let assembled = transform_whole(&home, &snapshotted, evaluated).await;
    assert_eq!(assembled, whole);
    let run = Run::from(&snapshotted.request);
    let report = home.storage.locker.read_draft(run, whole.report).await.unwrap();
    let report: domain::Report = serde_json::from_slice(&report).unwrap();
    assert!(report.findings.iter().all(|finding| finding.examined > 0), "{:?}", report.summary);
}

#[tokio::test]
async fn findings_that_are_not_those_of_the_snapshot_are_refused() {
    let fixture = Fixture::new(1);
    let home = fixture.home(FaultHook::none());
    fixture.collect(&home).await;
    let snapshotted = snapshot(&home, &fixture.request(&home)).await;
    let evaluated = transform_by_control(&home, &snapshotted).await;
    let exchanged: Vec<Evaluated> = evaluated
        .iter()
        .zip(evaluated.iter().rev())
        .map(|(one, other)| Evaluated { control: one.control.clone(), finding: other.finding })
        .collect();
    let asked = |control: Option<&str>, evaluated: &[Evaluated]| TransformStep {
        snapshotted: snapshotted.clone(),
        control: control.map(|control| control.parse().unwrap()),
        evaluated: evaluated.to_vec(),
    };
    for (step, failure) in [
        (asked(None, &evaluated[..1]), Failure::InvalidInput),
        (asked(Some("gone"), &evaluated), Failure::InvalidInput),
        (asked(Some("other"), &[]), Failure::InvalidInput),
        (asked(None, &exchanged), Failure::IntegrityMismatch),
    ] {
        let refused = transform::handle(&home.storage, &step, &Metrics::new("test")).await.unwrap_err();
        assert_eq!(refused.failure(), failure, "{refused}");
    }
}

#[tokio::test]
async fn every_function_twice_gives_the_same_and_the_report_is_the_command_s() {
    let (by_functions, by_command) = (Fixture::new(2), Fixture::new(2));
    let home = by_functions.home(FaultHook::none());
    by_functions.collect(&home).await;
    let (storage, request, metrics) = (&home.storage, by_functions.request(&home), Metrics::new("test"));
    let snapshotted = snapshot(&home, &request).await;
    assert!(!snapshotted.exists);
    let evaluated = transform_by_control(&home, &snapshotted).await;
    let transformed = transform_whole(&home, &snapshotted, evaluated).await;
    let mut drafts = Vec::new();
    for format in ReportFormat::ALL {
        let step = sent(&RenderStep { transformed: transformed.clone(), format });
        let draft = render::handle(storage, &step).await.unwrap();
        assert_eq!(render::handle(storage, &step).await.unwrap(), draft);
        drafts.push(draft);
    }
    let rendered = sent(&Rendered { transformed, drafts });
    let uploaded = upload::handle(storage, &rendered, home.clock.now(), &metrics).await.unwrap();
    assert_eq!(upload::handle(storage, &rendered, home.clock.now(), &metrics).await.unwrap(), uploaded);
    let verified = verify::handle(storage, &sent(&uploaded), home.clock, &metrics).await.unwrap();
    assert_eq!(verify::handle(storage, &sent(&uploaded), home.clock, &metrics).await.unwrap(), verified);
    let lines = measured(&metrics);
    let counts: Vec<_> = lines.iter().filter_map(|line| line.get("ReportsGenerated")).collect();
    let once = serde_json::json!([1.0]);
    assert_eq!(counts, [&once; ReportFormat::ALL.len()], "an upload that is repeated counts once");

    let other = by_command.home(FaultHook::none());
    by_command.collect(&other).await;
    by_command.report(&other).await.unwrap();
    let objects = |fixture: &Fixture| inventory(&fixture.custody().join("objects"));
    assert_eq!(objects(&by_functions), objects(&by_command));
}

#[tokio::test]
async fn a_report_that_exists_only_has_to_be_verified() {
    let fixture = Fixture::new(1);
    let home = fixture.home(FaultHook::none());
    fixture.collect(&home).await;
    fixture.report(&home).await.unwrap();
    let request = ReportRequest { run_id: "run-2".parse().unwrap(), ..fixture.request(&home) };
    let snapshotted = snapshot(&home, &request).await;
    assert!(snapshotted.exists);
    // As the state machine makes it of the snapshot step's answer.
    let uploaded: Uploaded = serde_json::from_value(serde_json::to_value(&snapshotted).unwrap()).unwrap();
    verify::handle(&home.storage, &uploaded, Clock::System, &Metrics::new("test")).await.unwrap();
    let run = home.storage.custodian.run(&home.tenant, &request.run_id).await.unwrap().unwrap();
    assert!(matches!(run.state, RunState::Completed { report_id, .. } if report_id == snapshotted.report_id));
}

fn measured(metrics: &Metrics) -> Vec<serde_json::Value> {
    let mut out = Vec::new();
    metrics.write("2026-08-01T00:00:00Z".parse().unwrap(), &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
