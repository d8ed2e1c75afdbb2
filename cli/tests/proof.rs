//! A bundle leaves the machine that made it, is checked and traced elsewhere, and is seen by a witness.

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

fn exhibit(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exhibit"));
    command.env_remove("EXHIBIT_API").env_remove("EXHIBIT_TOKEN").args(arguments).current_dir(folder).output().unwrap()
}

#[track_caller]
fn ends(code: i32, folder: &Path, arguments: &[&str]) -> String {
    let output = exhibit(folder, arguments);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    text
}

/// A data directory with one piece of evidence and a report on it.
fn reported(at: &Path) -> String {
    fs::write(at.join("prod.tfstate"), STATE).unwrap();
    ends(0, at, &["init", "--tenant", "acme", "--origin", "acme.example/exhibit"]);
    collect(at, "2026-W37");
    let report = exhibit(at, &["--json", "report", "--framework", "soc2", "--period", "2026-09"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    report["report_id"].as_str().unwrap().to_owned()
}

fn collect(at: &Path, period: &str) {
    let control = ["collect", "--control", "storage-encryption", "--period", period];
    ends(0, at, &[&control[..], &["--file", "terraform-state=prod.tfstate"]].concat());
}

fn bundle(at: &Path, id: &str, out: &str) -> PathBuf {
    ends(0, at, &["bundle", &id[..12], "--out", out]);
    at.join(out).join(format!("report-{id}.zip"))
}

#[test]
fn a_bundle_is_verified_reproduced_and_traced_where_nothing_else_is() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (at, there) = (folder.path(), elsewhere.path());
    let id = reported(at);
    fs::copy(bundle(at, &id, "audit"), there.join("report.zip")).unwrap();
    fs::copy(at.join("exhibit-data/log.vkey"), there.join("log.vkey")).unwrap();
    let told = ends(0, there, &["verify", "report.zip", "--key", "log.vkey"]);
    for part in [
        &id,
        "Everything holds.",
        "made again 5 files",
        "acme.example/exhibit",
        "No witness outside",
        "--since next time",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let verdict = exhibit(there, &["--json", "verify", "report.zip", "--key", "log.vkey"]);
    let verdict: serde_json::Value = serde_json::from_slice(&verdict.stdout).unwrap();
    assert_eq!((&verdict["checked"]["evidence"], &verdict["problems"]), (&1.into(), &serde_json::json!([])));
    // Without a key from outside it vouches for nothing, and by another it does not hold.
    assert!(ends(2, there, &["verify", "report.zip"]).contains("--key"));
    ends(0, there, &["--data", "other", "init", "--tenant", "acme", "--origin", "acme.example/exhibit"]);
    assert!(ends(1, there, &["verify", "report.zip", "--key", "other/log.vkey"]).contains("WRONG: log/checkpoint"));
    let told = ends(0, there, &["reproduce", "report.zip", "--out", "again"]);
    assert!(told.contains("byte by byte") && !told.contains("DIFFERENT"), "{told}");
    assert!(there.join("again/soc2-2026-09.pdf").exists());
    let told = ends(0, there, &["trace", "report.zip", "storage-encryption/1"]);
    for part in ["storage-encryption.terraform-state.2026-W37", "raw ", "prod.tfstate", "entry ", "leaf "] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(ends(2, there, &["trace", "report.zip", "storage-encryption/999"]).contains("rows 1 to"));
    assert!(ends(2, there, &["verify", "again/soc2-2026-09.pdf", "--key", "log.vkey"]).contains("ZIP"));
}

#[test]
fn a_witness_cosigns_what_goes_on_and_refuses_what_was_cut_off_or_is_another() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (at, there) = (folder.path(), elsewhere.path());
    let id = reported(at);
    let first = bundle(at, &id, "first");
    let key = at.join("exhibit-data/log.vkey");
    let (first, key) = (first.to_str().unwrap(), key.to_str().unwrap());
    ends(0, there, &["witness", "init", "auditor.example/witness"]);
    assert!(ends(1, there, &["witness", "see", first]).contains("nobody asked to witness"));
    let told = ends(0, there, &["witness", "see", first, "--key", key, "--out", "cosigned"]);
    assert!(told.contains("for the first time") && told.contains("— auditor.example/witness "), "{told}");
    let (witness, cosigned) = (there.join("exhibit-witness/witness.vkey"), there.join("cosigned"));
    let (witness, cosigned) = (witness.to_str().unwrap(), cosigned.to_str().unwrap());
    assert!(ends(1, at, &["verify", first, "--key", key, "--witness", witness]).contains("did not cosign"));
    ends(0, at, &["cosign", "--file", cosigned, "--witness", witness]);
    let second = bundle(at, &id, "second");
    let told =
        ends(0, at, &["verify", second.to_str().unwrap(), "--key", key, "--witness", witness, "--since", cosigned]);
    assert!(told.contains("witnessed  by auditor.example/witness") && !told.contains("No witness"), "{told}");
    // The log goes on, and the witness sees it again; an earlier state of it is no newer one.
    collect(at, "2026-W38");
    let third = bundle(at, &id, "third");
    let told = ends(0, there, &["witness", "see", third.to_str().unwrap()]);
    assert!(told.contains("goes on from the"), "{told}");
    assert!(ends(1, there, &["witness", "see", first]).contains("entries were removed"));
}

/// `exhibit witness serve` on any free port, ended with the test.
struct Serving {
    process: Child,
    address: String,
}

impl Serving {
    fn start(at: &Path, key: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_exhibit"))
            .args(["--json", "witness", "serve", "--listen", "127.0.0.1:0", "--key", key])
            .current_dir(at)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        Self { process, address: said["witnessing"].as_str().unwrap().to_owned() }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn a_witness_that_is_served_is_asked_over_http() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (at, there) = (folder.path(), elsewhere.path());
    let id = reported(at);
    let key = at.join("exhibit-data/log.vkey");
    ends(0, there, &["witness", "init", "auditor.example/witness"]);
    let serving = Serving::start(there, key.to_str().unwrap());
    let witness = there.join("exhibit-witness/witness.vkey");
    let ask = ["cosign", "--url", &serving.address, "--witness", witness.to_str().unwrap()];
    // The second time the witness names the size that it knows, and is given the proof from there.
    for period in ["2026-W38", "2026-W39"] {
        assert!(ends(0, at, &ask).contains("is cosigned by auditor.example/witness"));
        collect(at, period);
    }
    ends(0, at, &ask);
    let zip = bundle(at, &id, "audit");
    let check =
        ["verify", zip.to_str().unwrap(), "--key", key.to_str().unwrap(), "--witness", witness.to_str().unwrap()];
    assert!(ends(0, at, &check).contains("witnessed  by auditor.example/witness"));
}
