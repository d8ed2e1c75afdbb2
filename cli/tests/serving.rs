//! `exhibit serve` as a process that is killed, and that finds what it cannot use.

#![cfg(test)]

use jiff::{ToSpan as _, civil::date};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const STATE: &str = r#"{"version":4,"terraform_version":"1.9.0","serial":1,"lineage":"x","outputs":{},"resources":[
{"mode":"managed","type":"aws_db_instance","name":"main","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]",
"instances":[{"schema_version":1,"attributes":{"id":"main","identifier":"main","storage_encrypted":true,"publicly_accessible":false,"tags":{}}}]}]}"#;

const WEEKS: usize = 20;
const WINDOW: &str = "2025-12-29T00:00:00Z--2026-05-18T00:00:00Z";

fn exhibit(at: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exhibit"));
    command.current_dir(at).env_remove("EXHIBIT_API").env_remove("EXHIBIT_TOKEN");
    command
}

fn said(at: &Path, arguments: &[&str]) -> String {
    let output = exhibit(at).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A data directory in which every week's file was delivered and nothing is collected.
fn delivered(at: &Path) {
    said(at, &["init", "--tenant", "acme"]);
    let folder = at.join("exhibit-data/sources/terraform");
    fs::create_dir_all(&folder).unwrap();
    for week in 0..WEEKS {
        let sunday = date(2026, 1, 4) + (7 * i64::try_from(week).unwrap()).days();
        fs::write(folder.join(format!("production-{sunday}.tfstate")), STATE).unwrap();
    }
}

fn serve(at: &Path) -> (Ended, String) {
    let mut command = exhibit(at);
    command.args(["--json", "serve", "--every", "3600", "--listen", "127.0.0.1:0"]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines.find_map(|line| {
        serde_json::from_str::<serde_json::Value>(&line).unwrap()["serving"].as_str().map(str::to_owned)
    });
    std::thread::spawn(move || lines.for_each(drop));
    (Ended(process), address.unwrap())
}

/// A process that ends with the test, however that ends.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn waiting(at: &Path) -> usize {
    let entries = fs::read_dir(at.join("exhibit-data/accepted")).into_iter().flatten().map(|entry| entry.unwrap());
    entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "json")).count()
}

#[test]
fn collections_that_were_accepted_are_done_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    delivered(at);
    let token = said(at, &["token", "--role", "engineer", "--subject", "ana@acme.example"]);
    let (process, address) = serve(at);
    for week in 1..=WEEKS {
        let answer = ureq::post(format!("{address}/v1/controls/storage-encryption/collect"))
            .header("authorization", format!("Bearer {}", token.trim()))
            .content_type("application/json")
            .send(format!(r#"{{"period":"2026-W{week:02}"}}"#))
            .unwrap();
        assert_eq!(answer.status(), 202);
    }
    drop(process);
    assert!(waiting(at) > 0, "all were done before the kill: this test says nothing");
    let (process, _) = serve(at);
    let begun = Instant::now();
    while waiting(at) > 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} are waiting still", waiting(at));
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(process);
    let again = said(at, &["--json", "collect", "--control", "storage-encryption", "--period", WINDOW]);
    let again: serde_json::Value = serde_json::from_str(&again).unwrap();
    assert_eq!((&again["collected"], &again["already"]), (&0.into(), &WEEKS.into()), "{again}");
    assert!(said(at, &["verify"]).contains("Everything holds"));
}

#[test]
fn serving_goes_on_although_what_was_accepted_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    delivered(at);
    fs::write(at.join("exhibit-data/accepted"), "not a folder").unwrap();
    let mut command = exhibit(at);
    command.args(["serve", "--every", "1", "--listen", "127.0.0.1:0"]);
    let mut process = Ended(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let lines = BufReader::new(process.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let (tell, hear) = std::sync::mpsc::channel();
    std::thread::spawn(move || lines.for_each(|line| drop(tell.send(line))));
    let mut told: Vec<String> = Vec::new();
    while !told.last().is_some_and(|line| line.contains(" collected")) {
        told.push(hear.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|error| panic!("{error}: {told:?}")));
    }
    let named = told.iter().position(|line| line.contains("exhibit-data"));
    let collected = told.iter().position(|line| line.contains(" collected"));
    assert!(named.is_some() && named < collected, "{told:?}");
}
