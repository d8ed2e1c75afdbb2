//! Lists, page by page.

use crate::Served;
use domain::{ReportRun, RunState};
use serde_json::Value;
use std::{fmt::Write as _, fs};
use storage::FaultHook;
use tests::Fixture;

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
    let expected = serde_json::json!({"period": "2026-Q3", "expected": 62, "collected": 8, "failed": 0, "waived": 0, "pending": 0, "missing": 54});
    assert_eq!(control["coverage"], expected);
    let before = served.get("/v1/controls?period=2026-Q2").json();
    let before = &before["items"].as_array().unwrap()[0];
    assert_eq!((&before["coverage"]["period"], &before["coverage"]["collected"]), (&"2026-Q2".into(), &0.into()));
    assert_eq!(before["last_collection"]["period"], "2026-07-04", "the newest is the newest, whatever window is shown");
    let first = served.get("/v1/controls?period=2026-07-01").json();
    assert_eq!(first["items"].as_array().unwrap()[0]["coverage"]["missing"], 0);
}

/// A control of every hour with so many sources.
fn add_hourly(fixture: &Fixture, control: &str, sources: usize) {
    let catalog = fixture.folder.join("catalog");
    let mut text = format!(
        "id = \"{control}\"\ntitle = \"Listed\"\ndescription = \"Everybody is listed.\"\nseverity = \"low\"\n\
         schedule = \"cron(0 * * * ? *)\"\nperiod = \"hour\"\nretention = \"six-years\"\nfinding = \"listed\"\n\
         remediation = \"List them.\"\n\n[satisfies]\nsoc2 = [\"CC6.1\"]\n"
    );
    for number in 0..sources {
        let source = format!("people-{number:02}");
        write!(text, "\n[[collect]]\nsource = \"{source}\"\nquery = \"people\"\n").unwrap();
        let file =
            format!("id = \"{source}\"\ntitle = \"People\"\ncollector = \"files\"\nfiles = [\"{source}.json\"]\n");
        fs::write(catalog.join(format!("sources/{source}.toml")), file).unwrap();
    }
    fs::write(catalog.join(format!("controls/{control}.toml")), text).unwrap();
    let query = "-- name: listed\n-- version: 1\n-- answers: Who is listed?\n\
                 SELECT people.user AS subject, 'pass' AS outcome, '' AS detail, people.evidence_id AS evidence_ids\n\
                 FROM people ORDER BY people.user, people.evidence_id;\n";
    fs::write(catalog.join("queries/listed.sql"), query).unwrap();
}

#[test]
fn a_page_of_controls_ends_early_when_their_windows_are_wide_and_too_wide_a_window_is_refused() {
    let fixture = Fixture::new(1);
    // A year of hours: 43,800 slots each, and 210,240.
    add_hourly(&fixture, "hourly-one", 5);
    add_hourly(&fixture, "hourly-two", 5);
    add_hourly(&fixture, "wide", 24);
    let home = fixture.home(FaultHook::none());
    let served = Served::over(fixture, home, tokio::runtime::Runtime::new().unwrap());
    let (controls, pages) = walked(&served, "/v1/controls?period=2026-Q3", 200);
    assert_eq!((controls.len(), pages), (5, 2), "12,720 slots before the last, and 52,992 of the last");
    let first = served.get("/v1/controls?period=2026").json();
    let ids: Vec<_> = first["items"].as_array().unwrap().iter().map(|control| control["control"].clone()).collect();
    assert_eq!(ids, ["gone"], "a page that ended before its limit");
    let mut cursor = first["next"].clone();
    for control in ["hourly-one", "hourly-two", "second-factor"] {
        let page = served.get(format!("/v1/controls?period=2026&cursor={}", cursor.as_str().unwrap())).json();
        assert_eq!(page["items"][0]["control"], control);
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        cursor = page["next"].clone();
    }
    let refused = served.get(format!("/v1/controls?period=2026&cursor={}", cursor.as_str().unwrap()));
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert_eq!(refused.status, 400, "{detail}");
    assert!(detail.contains("wide has 210240 slots in 2026") && detail.contains("a shorter period"), "{detail}");
}
