//! What was committed does not vanish from a report with the catalog that said so.

use domain::{GapReason, Report, ReportFormat};
use exhibit::{Home, sealing::commit_slots};
use runtime::Clock;
use std::fs;
use storage::FaultHook;
use tests::Fixture;

async fn content(home: &Home, fixture: &Fixture) -> Report {
    let finished = fixture.report(home).await.unwrap();
    assert_eq!(finished.record.artifacts.len(), ReportFormat::ALL.len());
    let json = finished.record.artifacts.iter().find(|file| file.format == ReportFormat::Json).unwrap();
    home.storage.locker.read(&json.artifact).await.unwrap()
}

fn gaps(report: &Report) -> Vec<String> {
    let line = |gap: &domain::Gap| {
        assert_eq!(gap.reason, GapReason::Withdrawn);
        gap.evidence_id.to_string()
    };
    report.coverage.gaps.iter().map(line).collect()
}

#[tokio::test]
async fn a_control_that_was_taken_out_leaves_its_slots_as_gaps_in_every_format() {
    let fixture = Fixture::new(2);
    let home = fixture.home(FaultHook::none());
    fixture.commit(&home).await;
    fixture.collect(&home).await;
    let catalog = fixture.folder.join("catalog");
    for unused in ["controls/gone.toml", "queries/gone.sql", "queries/people.toml", "sources/hr-system.toml"] {
        fs::remove_file(catalog.join(unused)).unwrap();
    }
    drop(home);
    let mut home = fixture.home(FaultHook::none());
    home.clock = Clock::Fixed("2026-07-02T12:00:00Z".parse().unwrap());
    assert_eq!(commit_slots(&home).await.unwrap(), 1, "the control that went");
    home.clock = Clock::Fixed("2026-08-01T00:00:00Z".parse().unwrap());
    let report = content(&home, &fixture).await;
    assert_eq!(
        gaps(&report),
        [
            "gone.aws-iam.2026-07-01",
            "gone.aws-iam.2026-07-02",
            "gone.hr-system.2026-07-01",
            "gone.hr-system.2026-07-02"
        ]
    );
    assert_eq!((report.coverage.collected, report.coverage.expected), (2, 6));
    assert!(report.findings.iter().all(|finding| finding.control.as_str() == "second-factor"));
}

#[tokio::test]
async fn a_control_whose_periods_are_longer_now_leaves_the_shorter_ones_that_are_over() {
    let fixture = Fixture::new(2);
    let home = fixture.home(FaultHook::none());
    fixture.commit(&home).await;
    fixture.collect(&home).await;
    let report = content(&home, &fixture).await;
    assert!(report.coverage.gaps.is_empty());
    drop(home);
    let path = fixture.folder.join("catalog/controls/gone.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("period = \"day\"", "period = \"week\"")).unwrap();
    let mut home = fixture.home(FaultHook::none());
    home.clock = Clock::Fixed("2026-07-02T12:00:00Z".parse().unwrap());
    commit_slots(&home).await.unwrap();
    let request = domain::ReportRequest { run_id: "run-2".parse().unwrap(), ..fixture.request(&home) };
    let now = home.clock.now();
    let snapshotted = snapshot::snapshot(&home.storage, &home.catalog, &request, None, now).await.unwrap();
    let frozen: domain::Snapshot = home.storage.locker.read(&snapshotted.snapshot).await.unwrap();
    let withdrawn = frozen.gaps.iter().filter(|gap| gap.reason == GapReason::Withdrawn);
    let ids: Vec<_> = withdrawn.map(|gap| gap.evidence_id.to_string()).collect();
    assert_eq!(ids, ["gone.aws-iam.2026-07-01", "gone.hr-system.2026-07-01"]);
}
