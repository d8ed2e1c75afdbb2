//! The demo gives the same reports on every machine and day.

#![cfg(test)]

use std::process::Command;

/// SHA-256 and name of every report of the demo. A change of catalog, templates or rendering changes them: look at the reports,
/// then put what the test prints here.
const DIGESTS: &str = include_str!("demo-digests.txt");

#[test]
fn the_reports_of_the_demo_are_the_ones_they_always_were() {
    let folder = tempfile::tempdir().unwrap();
    let demo = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exhibit"));
        let output = command.args(["demo", "--json", "--data", "demo"]).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let digests = |answer: &serde_json::Value| -> String {
        let files = answer["reports"].as_array().unwrap().iter().flat_map(|report| report["files"].as_array().unwrap());
        let line = |file: &serde_json::Value| {
            format!("{}  {}\n", file["sha256"].as_str().unwrap(), file["name"].as_str().unwrap())
        };
        files.map(line).collect()
    };
    let first = demo();
    assert_eq!(first["verdict"]["problems"], serde_json::json!([]));
    assert_eq!(first["reports"][0]["existed"], false);
    let printed = digests(&first);
    assert!(printed == DIGESTS, "the demo's reports are now\n{printed}");
    let again = demo();
    assert_eq!(again["collection"]["collected"], 0);
    assert_eq!(again["reports"][0]["existed"], true);
    assert_eq!(digests(&again), DIGESTS);
}
