//! A report is requested, polled, downloaded and checked, and made once.

use crate::{
    report::{collect_july, days, end, holds_and_is_made_again, make, offline, request, verification_key},
    world::{World, beside_others},
};
use serde_json::json;
use std::fs;

#[test]
fn a_report_is_requested_polled_downloaded_verified_and_has_the_same_bytes_when_made_on_this_machine() {
    let _quiet = beside_others();
    let world = World::new();
    collect_july(&world, "acme");
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("report");
    make(&world, "acme", &days(1, 11), &folder);
    holds_and_is_made_again(&world, "acme", &folder);
}

#[test]
fn a_downloaded_report_with_one_changed_byte_does_not_hold() {
    let _quiet = beside_others();
    let world = World::new();
    collect_july(&world, "acme");
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("report");
    make(&world, "acme", &days(9, 11), &folder);
    let pdf = files_of(&folder).into_iter().find(|path| path.extension().is_some_and(|end| end == "pdf")).unwrap();
    let mut bytes = fs::read(&pdf).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&pdf, bytes).unwrap();
    let key = verification_key(&world, "acme").to_string();
    assert_eq!(offline().args(["verify", "--key", &key]).arg(&folder).status().unwrap().code(), Some(1));
}

fn files_of(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_of(&path) } else { vec![path] }).collect()
}

#[test]
fn a_link_leads_to_one_version_and_neither_altered_nor_expired_to_anything() {
    let _quiet = beside_others();
    let world = World::new();
    collect_july(&world, "acme");
    let run = request(&world, "approver@acme", &days(1, 2), None);
    let ended = end(&world, "auditor@acme", &run);
    let links = ended["links"].as_array().unwrap();
    // The statement comes when the log tells of the report.
    assert!(links.len() >= 7, "four formats, staging, snapshot, catalog: {links:?}");
    for link in links {
        let url = link["url"].as_str().unwrap();
        let (status, bytes) = world.follow(url);
        assert_eq!((status, bytes.len() as u64), (200, link["length"].as_u64().unwrap()), "{link}");
        assert!(url.contains(&format!("versionId={}", link["version"].as_str().unwrap())), "{link}");
        let other_key = url.replacen("/acme/", "/globex/", 1);
        let other_version = url.replacen("versionId=", "versionId=0", 1);
        let longer = url.replacen("X-Amz-Expires=", "X-Amz-Expires=9", 1);
        for altered in [&other_key, &other_version, &longer] {
            assert_ne!(altered, url);
            assert_eq!(world.follow(altered).0, 403, "{altered}");
        }
        assert_eq!(world.follow(url.split_once('?').unwrap().0).0, 403);
    }
    let url = links[0]["url"].as_str().unwrap();
    world.pull("later", &json!({"seconds": 14 * 60}));
    assert_eq!(world.follow(url).0, 200);
    world.pull("later", &json!({"seconds": 15 * 60 + 1}));
    assert_eq!(world.follow(url).0, 403);
    world.pull("later", &json!({"seconds": 0}));
}

#[test]
fn asking_twice_with_one_key_is_one_run_and_one_execution() {
    let _quiet = beside_others();
    let world = World::new();
    collect_july(&world, "acme");
    let key = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    let run = request(&world, "engineer@acme", &days(2, 3), Some(key));
    assert_eq!(request(&world, "engineer@acme", &days(2, 3), Some(key)), run);
    let other = json!({"framework": "soc2", "period": days(3, 4)});
    assert_eq!(world.post("engineer@acme", "/v1/reports", Some(key), &other).status, 422);
    assert_eq!(end(&world, "auditor@acme", &run)["status"], "completed");
    assert_eq!(request(&world, "engineer@acme", &days(2, 3), Some(key)), run);
    let executions = world.aws("stepfunctions", "list_executions", json!({"stateMachineArn": world.at.state_machine}));
    let executions = executions["executions"].as_array().unwrap();
    assert_eq!(executions.iter().filter(|execution| execution["name"] == run.as_str()).count(), 1);
}

#[test]
fn a_second_run_over_the_same_evidence_is_completed_by_the_report_that_is_there() {
    let _quiet = beside_others();
    let world = World::new();
    collect_july(&world, "acme");
    let first = request(&world, "approver@acme", &days(4, 6), None);
    let first = end(&world, "auditor@acme", &first);
    let second = request(&world, "admin@acme", &days(4, 6), None);
    let second = end(&world, "auditor@acme", &second);
    assert_eq!(first["report_id"], second["report_id"]);
    assert_ne!(first["run_id"], second["run_id"]);
    let versions = |run: &serde_json::Value| -> Vec<_> {
        run["links"].as_array().unwrap().iter().take(7).map(|link| link["version"].clone()).collect()
    };
    assert_eq!(versions(&first), versions(&second));
}
