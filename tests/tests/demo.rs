//! The demo finds exactly what was planted, no more and no less, over the whole way from files to findings.

#![cfg(test)]

use demo::{Organisation, organisation};
use domain::{FrameworkId, Outcome, Report, ReportRequest, RunId};
use exhibit::{
    Home, Layout,
    collection::{Selection, collect_all, tasks},
};
use runtime::{Clock, Configuration};
use std::{collections::BTreeSet, fs, path::Path};
use storage::{Run, Storage};

type Concluded = BTreeSet<(String, String, String)>;

fn home(folder: &Path, organisation: &Organisation) -> Home {
    let configuration = Configuration {
        tenant: organisation.tenant.clone(),
        actor: "tester@acme.example".parse().unwrap(),
        since: None,
        origin: None,
        sources: "sources".into(),
        catalog: None,
        files: Default::default(),
    };
    for (name, bytes) in organisation.files() {
        let path = folder.join("sources").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let layout = Layout::of(folder);
    let storage = Storage::embedded(&layout.custody).unwrap();
    let clock = Clock::Fixed("2026-12-01T00:00:00Z".parse().unwrap());
    Home::with_storage(layout, configuration, storage, clock).unwrap()
}

/// The report on one framework, without rendering it.
async fn report(home: &Home, organisation: &Organisation, framework: FrameworkId) -> Report {
    let request = ReportRequest {
        run_id: RunId::new("run-1").unwrap(),
        tenant: home.tenant.clone(),
        framework,
        period: organisation.period,
        requested_by: home.actor.clone(),
    };
    let snapshotted =
        snapshot::snapshot(&home.storage, &home.catalog, &request, home.since, home.clock.now()).await.unwrap();
    let transformed = transform::transform(&home.storage, &snapshotted).await.unwrap();
    let draft = home.storage.locker.read_draft(Run::from(&request), transformed.report).await.unwrap();
    serde_json::from_slice(&draft).unwrap()
}

fn planted(organisation: &Organisation) -> Concluded {
    let named = |control: String, subject: String, outcome: Outcome| (control, subject, format!("{outcome:?}"));
    organisation.planted.iter().map(|one| named(one.control.to_string(), one.subject.clone(), one.outcome)).collect()
}

fn concluded(report: &Report) -> Concluded {
    let exceptions = report.findings.iter().flat_map(|finding| {
        let rows = finding.rows.iter().filter(|row| row.outcome != Outcome::Pass);
        rows.map(|row| (finding.control.to_string(), row.subject.clone(), format!("{:?}", row.outcome)))
    });
    exceptions.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_findings_of_the_demo_are_exactly_the_planted_violations() {
    let organisation = organisation(2026);
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), &organisation);
    let selection = Selection { window: Some(organisation.period), ..Selection::default() };
    let all = collect_all(&home, tasks(&home, &selection, home.clock.now()).unwrap(), 2, |_| ()).await;
    assert!(all.len() >= 300, "{} slots", all.len());
    let (mut found, mut controls, mut gaps) = (Concluded::new(), BTreeSet::new(), BTreeSet::new());
    // Some frameworks are answered for by sources alone that the demo has not got.
    let frameworks = home.catalog.frameworks().map(|framework| framework.id.clone());
    let frameworks: Vec<_> = frameworks.filter(|id| home.catalog.controls_for(id).next().is_some()).collect();
    assert_eq!(frameworks.len(), 6);
    for framework in frameworks {
        let report = report(&home, &organisation, framework).await;
        found.extend(concluded(&report));
        controls.extend(report.findings.iter().map(|finding| finding.control.clone()));
        gaps.extend(report.coverage.gaps.iter().map(|gap| gap.evidence_id.to_string()));
        assert!(report.findings.iter().all(|finding| finding.outcome != Outcome::NotEvaluated));
    }
    assert_eq!(controls.len(), home.catalog.controls().count(), "a control answers for no framework");
    let planted = planted(&organisation);
    let missing: Vec<_> = planted.difference(&found).collect();
    let extra: Vec<_> = found.difference(&planted).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing: {missing:#?}\nextra: {extra:#?}");
    let planted_gaps: BTreeSet<_> = organisation.planted_gaps.iter().map(|gap| gap.evidence_id.to_string()).collect();
    assert_eq!(gaps, planted_gaps);
    assert!(planted.len() >= 20, "{} planted", planted.len());
}
