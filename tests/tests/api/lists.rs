//! Lists, page by page.

use crate::Served;
use domain::{ReportRun, RunState};
use serde_json::Value;

/// Every item of the list at `path`, `limit` at a time, and how many pages that were.
fn walked(served: &Served, path: &str, limit: usize) -> (Vec<Value>, usize) {
    let (mut items, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let page = served.get(format!("{path}{sign}limit={limit}{cursor}"));
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        assert!(page["items"].as_array().unwrap().len() <= limit);
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        pages += 1;
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (items, pages),
        }
    }
}

fn record_runs(served: &Served, count: usize) {
    for number in 0..count {
        let run = ReportRun {
            run_id: format!("run-{number:02}").parse().unwrap(),
            framework: "soc2".parse().unwrap(),
            period: served.fixture.window,
            requested_by: "ben@acme.example".parse().unwrap(),
            requested_at: served.home.clock.now(),
            state: RunState::Requested,
        };
        served.runtime.block_on(served.home.storage.custodian.request(&served.home.tenant, &run)).unwrap();
    }
}

#[test]
fn walking_a_list_by_its_cursors_gives_each_item_once_and_in_order() {
    let served = Served::new(4);
    record_runs(&served, 7);
    for (path, count, key) in [
        ("/v1/reports", 7, "run_id"),
        ("/v1/controls", 2, "control"),
        ("/v1/evidence?control_id=gone", 8, "evidence_id"),
        ("/v1/evidence?control_id=gone&from=2026-07-02&to=2026-07-04T00:00:00Z", 4, "evidence_id"),
    ] {
        let (whole, pages) = walked(&served, path, 200);
        assert_eq!((whole.len(), pages), (count, 1), "{path}");
        let ids: Vec<&str> = whole.iter().map(|item| item[key].as_str().unwrap()).collect();
        let mut distinct = ids.clone();
        distinct.dedup();
        assert_eq!(ids, distinct, "{path}");
        for limit in [1, 2, 3, 5, 7, 8] {
            let (items, pages) = walked(&served, path, limit);
            assert_eq!(items, whole, "{path}, {limit} at a time");
            assert!(pages <= count.div_ceil(limit) + 1, "{path}: {pages} pages of {limit}");
        }
    }
}

#[test]
fn evidence_is_listed_by_the_first_instant_of_its_period() {
    let served = Served::new(4);
    let periods = |filter: &str| -> Vec<String> {
        let (items, _) = walked(&served, &format!("/v1/evidence?control_id=second-factor{filter}"), 200);
        items.iter().map(|item| item["period"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(periods(""), ["2026-07-01", "2026-07-02", "2026-07-03", "2026-07-04"]);
    assert_eq!(periods("&from=2026-07-03"), ["2026-07-03", "2026-07-04"]);
    assert_eq!(periods("&to=2026-07-03"), ["2026-07-01", "2026-07-02"]);
    assert_eq!(periods("&from=2026-07-02T00:00:00.5Z&to=2026-07-03T00:00:00.5Z"), ["2026-07-03"]);
    assert_eq!(periods("&from=2026-08-01"), [""; 0]);
}

#[test]
fn a_control_says_what_is_there_what_is_due_and_what_came_last() {
    let served = Served::new(4);
    let page = served.get("/v1/controls").json();
    let control = page["items"].as_array().unwrap().iter().find(|control| control["control"] == "gone").unwrap();
    assert_eq!(control["sources"], serde_json::json!(["aws-iam", "hr-system"]));
    assert_eq!(control["next_due"], "2026-08-01T04:00:00Z");
    assert_eq!(control["last_collection"]["period"], "2026-07-04");
    // The quarter until the first of August: 31 days of two sources, four of them there.
    let expected = serde_json::json!({"period": "2026-Q3", "expected": 62, "collected": 8, "failed": 0, "pending": 0, "missing": 54});
    assert_eq!(control["coverage"], expected);
    let before = served.get("/v1/controls?period=2026-Q2").json();
    let before = &before["items"].as_array().unwrap()[0];
    assert_eq!((&before["coverage"]["period"], &before["coverage"]["collected"]), (&"2026-Q2".into(), &0.into()));
    assert_eq!(before["last_collection"]["period"], "2026-07-04", "the newest is the newest, whatever window is shown");
    let first = served.get("/v1/controls?period=2026-07-01").json();
    assert_eq!(first["items"].as_array().unwrap()[0]["coverage"]["missing"], 0);
}
