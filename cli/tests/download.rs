//! A report leaves the data directory, over the API or without, and is checked where nothing else is.

#![cfg(test)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

const STATE: &str = r#"{"version":4,"terraform_version":"1.9.0","serial":1,"lineage":"x","outputs":{},"resources":[
{"mode":"managed","type":"aws_db_instance","name":"main","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]",
"instances":[{"schema_version":1,"attributes":{"id":"main","identifier":"main","storage_encrypted":false,"publicly_accessible":false,"tags":{}}}]}]}"#;

fn exhibit(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exhibit"));
    command.env_remove("EXHIBIT_API").env_remove("EXHIBIT_TOKEN");
    command.envs(environment.iter().copied()).args(arguments).current_dir(folder).output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn ends(code: i32, folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = exhibit(folder, environment, arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
    text(&output)
}

/// A data directory `exhibit-data` with one piece of evidence, of the newest complete week.
fn collected(at: &Path) {
    fs::write(at.join("prod.tfstate"), STATE).unwrap();
    ends(0, at, &[], &["init", "--tenant", "acme"]);
    let collect = [
        "collect",
        "--control",
        "storage-encryption",
        "--file",
        "terraform-state=prod.tfstate",
        "--period",
        "2026-W37",
    ];
    ends(0, at, &[], &collect);
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn a_report_is_checked_and_made_again_where_nothing_else_is() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = folder.path();
    collected(at);
    let report = ends(0, at, &[], &["--json", "report", "--framework", "soc2", "--period", "2026-09"]);
    let report: serde_json::Value = serde_json::from_str(report.trim()).unwrap();
    let (id, run) = (report["report_id"].as_str().unwrap(), report["run_id"].as_str().unwrap());
    let audit = elsewhere.path().join("audit");
    let out = audit.to_str().unwrap();
    ends(0, at, &[], &["download", &id[..12], "--out", out]);
    // By its run, too, and a second time nothing changes.
    ends(0, at, &[], &["download", run, "--out", out]);
    let there = elsewhere.path();
    fs::copy(at.join("exhibit-data/log.vkey"), there.join("log.vkey")).unwrap();
    let verify = ["verify", "audit", "--key", "log.vkey"];
    let told = ends(0, there, &[], &verify);
    assert!(told.contains(id) && told.contains("evidence   1 documents"), "{told}");
    let told = ends(0, there, &[], &["reproduce", "audit", "--out", "again"]);
    assert!(told.contains("byte by byte") && !told.contains("DIFFERENT"), "{told}");
    assert_eq!(
        fs::read(audit.join("soc2-2026-09.pdf")).unwrap(),
        fs::read(there.join("again/soc2-2026-09.pdf")).unwrap()
    );
    let csv = audit.join("soc2-2026-09.csv");
    fs::write(&csv, fs::read_to_string(&csv).unwrap() + "one,more,row\r\n").unwrap();
    assert!(ends(1, there, &[], &verify).contains("WRONG: soc2-2026-09.csv"));
    assert!(ends(1, there, &[], &["reproduce", "audit", "--key", "log.vkey"]).contains("WRONG: soc2-2026-09.csv"));
    let told = ends(1, there, &[], &["reproduce", "audit"]);
    assert!(told.contains("DIFFERENT") && told.contains("soc2-2026-09.csv"), "{told}");
    assert!(ends(2, there, &[], &["verify", ".", "--key", "log.vkey"]).contains("record.json"));
}

/// `exhibit serve` on any free port, ended with the test.
struct Serving {
    process: Child,
    address: String,
}

impl Serving {
    fn start(at: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_exhibit"))
            .args(["--json", "serve", "--every", "3600", "--listen", "127.0.0.1:0"])
            .current_dir(at)
            .env_remove("EXHIBIT_API")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let said = lines.find_map(|line| {
            serde_json::from_str::<serde_json::Value>(&line).unwrap()["serving"].as_str().map(str::to_owned)
        });
        let address = said.unwrap();
        // What it says later has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn the_same_commands_drive_an_exhibit_that_is_served() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = folder.path();
    collected(at);
    fs::copy(at.join("prod.tfstate"), at.join("exhibit-data/sources/prod.tfstate")).unwrap();
    let serving = Serving::start(at);
    let token = exhibit(at, &[], &["token", "--role", "engineer", "--subject", "ana@acme.example"]);
    let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
    let (there, environment) =
        (elsewhere.path(), [("EXHIBIT_API", serving.address.as_str()), ("EXHIBIT_TOKEN", token.as_str())]);
    let report = ["report", "--framework", "soc2", "--period", "2026-09", "--out", "reports"];
    let told = ends(0, there, &environment, &report);
    assert!(told.contains("completed by the report") && told.contains("reports/soc2-2026-09.pdf"), "{told}");
    assert_eq!(files_below(&there.join("reports")).len(), 4);
    let status = ends(0, there, &environment, &["--json", "status", "--period", "2026-09"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let id = status["runs"][0]["report_id"].as_str().unwrap().to_owned();
    let key = at.join("exhibit-data/log.vkey");
    let key = key.to_str().unwrap();
    // Until the log tells of the report, which it does a moment after it was completed, the same command may succeed later.
    let verify = ["verify", &id[..12], "--key", key];
    let again = || exhibit(there, &environment, &verify).status.code() == Some(3);
    (0..100).take_while(|_| again()).for_each(|_| std::thread::sleep(std::time::Duration::from_millis(100)));
    let told = ends(0, there, &environment, &verify);
    assert!(told.contains(&id) && told.contains("evidence   1 documents"), "{told}");
    ends(0, there, &environment, &["download", &id[..12], "--out", "audit"]);
    ends(0, there, &[], &["verify", "audit", "--key", key]);
    ends(0, there, &environment, &["reproduce", "audit"]);
    // From a file, and with the address on the command line.
    fs::write(there.join("token"), &token).unwrap();
    let by_file = ["--api", serving.address.as_str(), "--token-file", "token", "status"];
    assert!(ends(0, there, &[], &by_file).contains("storage-encryption"));
    let collect = ["collect", "--control", "storage-encryption", "--period", "2026-W37"];
    let told = ends(0, there, &environment, &collect);
    assert!(told.contains("already"), "{told}");
}

#[test]
fn what_makes_no_sense_remotely_or_without_a_token_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let api = ["--api", "http://127.0.0.1:1"];
    for command in [&["init", "--tenant", "acme"][..], &["demo"], &["serve"], &["query", "--report", "abc"]] {
        let told = ends(2, at, &[], &[&api[..], command].concat());
        assert!(told.contains("data directory"), "{told}");
        assert!(ends(2, at, &[("EXHIBIT_API", "http://127.0.0.1:1")], command).contains("EXHIBIT_API"));
    }
    assert!(ends(2, at, &[], &[&api[..], &["status"]].concat()).contains("EXHIBIT_TOKEN"));
    let with_token = [("EXHIBIT_TOKEN", "secret-word")];
    let told = ends(3, at, &with_token, &[&api[..], &["status"]].concat());
    assert!(!told.contains("secret-word"), "{told}");
    assert!(ends(2, at, &with_token, &["--api", "http://exhibit.example", "status"]).contains("https"));
    assert!(ends(2, at, &with_token, &[&api[..], &["verify"]].concat()).contains("name the report"));
    assert!(ends(2, at, &with_token, &[&api[..], &["collect"]].concat()).contains("--control"));
    ends(2, at, &with_token, &[&api[..], &["--data", "x", "status"]].concat());
    assert!(fs::read_dir(at).unwrap().next().is_none(), "nothing was made here");
}
