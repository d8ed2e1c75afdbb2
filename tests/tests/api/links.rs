//! Links: each recorded before it is answered, each to one version of one object, for a quarter of an hour.

use crate::{
    Served,
    served::{Answer, Asked},
};
use api::{EvidenceWithLink, Link, LinkContent, Role, RunWithLinks};
use domain::{CustodyEvent, Digest, EventKind};
use runtime::Clock;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use storage::{Fault, FaultHook};
use tests::Fixture;

fn handed_out(served: &Served) -> Vec<CustodyEvent> {
    let events = served.runtime.block_on(Fixture::events(&served.home));
    events.into_values().filter(|event| matches!(event.kind, EventKind::LinkHandedOut { .. })).collect()
}

/// Downloads without a token: a link is its own permission.
fn download(served: &Served, url: &str) -> Answer {
    let path = url.strip_prefix(&served.address).unwrap().to_owned();
    served.ask(Asked { method: "GET", path, ..Asked::default() })
}

fn evidence_link(served: &Served) -> Link {
    let evidence: EvidenceWithLink = served.get("/v1/evidence/gone.hr-system.2026-07-01").read();
    evidence.link.unwrap()
}

#[test]
fn a_completed_run_leads_to_every_byte_of_its_report() {
    let served = Served::new(1);
    let run: RunWithLinks = served.report().read();
    let contents: Vec<LinkContent> = run.links.iter().map(|link| link.content).collect();
    // The statement follows a moment later, when the log tells of the report.
    assert!(contents == LinkContent::ALL[..7] || contents == LinkContent::ALL[..8], "{contents:?}");
    for link in &run.links {
        let answer = download(&served, &link.url);
        assert_eq!(answer.status, 200, "{link:?}");
        assert_eq!((Digest::of(&answer.bytes), answer.bytes.len() as u64), (link.digest, link.length), "{link:?}");
        let disposition = format!("attachment; filename=\"{}\"", link.name);
        assert_eq!(answer.headers["content-disposition"], disposition);
    }
    let events = handed_out(&served);
    assert_eq!(events.len(), run.links.len());
    assert!(events.iter().all(|event| event.actor.as_str() == "ana@acme.example"));
    let told = |event: CustodyEvent| match event.kind {
        EventKind::LinkHandedOut { key, version, digest, .. } => (key, version, digest),
        other => panic!("{other:?}"),
    };
    let told: BTreeSet<_> = events.into_iter().map(told).collect();
    assert_eq!(told, run.links.into_iter().map(|link| (link.key, link.version, link.digest)).collect());
}

#[test]
fn the_link_of_evidence_leads_to_its_document() {
    let served = Served::new(1);
    let link = evidence_link(&served);
    let answer = download(&served, &link.url);
    assert_eq!((Digest::of(&answer.bytes), answer.status), (link.digest, 200));
    assert_eq!(answer.json()["format"], "exhibit/evidence/v1");
    assert_eq!(handed_out(&served).len(), 1);
    evidence_link(&served);
    assert_eq!(handed_out(&served).len(), 2, "each link is an event of its own");
}

#[test]
fn a_link_expires_and_leads_nowhere_else() {
    let served = Served::new(1);
    let link = evidence_link(&served);
    let now = served.home.clock.now();
    assert!(link.expires_at.duration_since(now) <= jiff::SignedDuration::from_mins(15));
    let mut later = served.fixture.home(FaultHook::none());
    later.clock = Clock::Fixed(link.expires_at);
    let fixture = Fixture::at(&served.fixture.folder, 1);
    let later = Served::over(fixture, later, tokio::runtime::Runtime::new().unwrap());
    let path = link.url.strip_prefix(&served.address).unwrap();
    let ask = |served: &Served, path: &str| {
        served.ask(Asked { method: "GET", path: path.to_owned(), ..Asked::default() }).status
    };
    assert_eq!(ask(&later, path), 403);
    assert_eq!(ask(&served, path), 200);
    let (before, name) = path.rsplit_once('/').unwrap();
    let (ticket, signature) = before.split_once('.').unwrap();
    let changed = [
        format!("{before}/other.json"),
        format!("{ticket}e.{signature}/{name}"),
        format!("{ticket}.{}/{name}", &signature[1..]),
        format!("{ticket}/{name}"),
    ];
    for path in changed {
        assert_eq!(ask(&served, &path), 404, "{path}");
    }
}

#[test]
fn without_its_event_there_is_no_link() {
    let broken = Arc::new(AtomicBool::new(false));
    let hook = {
        let broken = Arc::clone(&broken);
        FaultHook::new(move |operation| {
            let is_event = operation.name == "table.transact" && operation.key.contains("handed-out");
            (is_event && broken.load(Ordering::SeqCst)).then_some(Fault::Failed)
        })
    };
    let served = Served::with_faults(1, hook);
    let run: RunWithLinks = served.report().read();
    let before = handed_out(&served).len();
    broken.store(true, Ordering::SeqCst);
    for path in [run.run.address(), "/v1/evidence/gone.hr-system.2026-07-01".to_owned()] {
        let answer = served.get(path);
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(!answer.text().contains("/v1/objects/"), "{answer:?}");
    }
    assert_eq!(handed_out(&served).len(), before);
    broken.store(false, Ordering::SeqCst);
    evidence_link(&served);
}

#[test]
fn reading_records_nothing_but_the_links_it_hands_out() {
    let served = Served::new(1);
    let run: RunWithLinks = served.report().read();
    let all = |served: &Served| {
        let partitions = served.runtime.block_on(served.home.storage.table.partitions()).unwrap();
        let read = |partition: &String| served.runtime.block_on(served.home.storage.table.all(partition)).unwrap();
        let others = partitions.iter().filter(|partition| !partition.ends_with("/handed-out"));
        others.flat_map(read).collect::<Vec<_>>()
    };
    // So that nothing enters the log meanwhile.
    std::thread::sleep(std::time::Duration::from_secs(1));
    served.seal_log();
    let before = all(&served);
    let auditor = || Some(served.token(&[Role::Auditor]));
    for path in [
        run.run.address().as_str(),
        "/v1/reports",
        "/v1/controls",
        "/v1/evidence?control_id=gone",
        "/v1/evidence/gone.hr-system.2026-07-01",
    ] {
        let asked = Asked { method: "GET", path: path.to_owned(), token: auditor(), ..Asked::default() };
        assert_eq!(served.ask(asked).status, 200);
    }
    assert_eq!(all(&served), before);
}
