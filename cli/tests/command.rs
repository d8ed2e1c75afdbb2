//! The command as a person and a script see it: text, JSON, exit codes.

#![cfg(test)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn exhibit(folder: &Path, arguments: &[&str]) -> Output {
    let data = folder.join("data");
    Command::new(env!("CARGO_BIN_EXE_exhibit"))
        .args(["--data", data.to_str().unwrap()])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = exhibit(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

fn fails(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let output = exhibit(folder, arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
    text(&output)
}

const STATE: &str = r#"{"version":4,"terraform_version":"1.9.0","serial":1,"lineage":"x","outputs":{},"resources":[
{"mode":"managed","type":"aws_db_instance","name":"main","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]",
"instances":[{"schema_version":1,"attributes":{"id":"main","identifier":"main","storage_encrypted":false,"publicly_accessible":false,"tags":{}}}]}]}"#;

#[test]
fn a_users_own_state_file_becomes_evidence_a_report_and_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("prod.tfstate"), STATE).unwrap();
    succeeds(at, &["init", "--tenant", "acme"]);
    let (month, week) = ("2026-09", "2026-W37");
    let collect = [
        "collect",
        "--control",
        "storage-encryption",
        "--source",
        "terraform-state",
        "--file",
        "terraform-state=prod.tfstate",
        "--period",
        week,
    ];
    let collected = succeeds(at, &collect);
    assert!(collected.contains(" collected."), "{collected}");
    let again = succeeds(at, &collect);
    assert!(again.contains("0 collected") && again.contains("already"), "{again}");
    let report = succeeds(at, &["--json", "report", "--framework", "soc2", "--period", month, "--out", "reports"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let id = report["report_id"].as_str().unwrap();
    for format in ["pdf", "xlsx", "csv", "json"] {
        assert!(at.join(format!("reports/soc2-2026-09.{format}")).exists());
    }
    let json = fs::read_to_string(at.join("reports/soc2-2026-09.json")).unwrap();
    let content: serde_json::Value = serde_json::from_str(&json).unwrap();
    let findings = content["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["control"] == "storage-encryption").unwrap();
    assert_eq!(finding["outcome"], "fail");
    assert!(finding["rows"][0]["evidence"][0].as_str().unwrap().starts_with("storage-encryption.terraform-state."));
    let answer = succeeds(at, &["query", "--report", &id[..12], "SELECT count(*) AS n FROM evidence"]);
    assert!(answer.contains("Rows: 1"), "{answer}");
    assert!(succeeds(at, &["query", "--report", &id[..12]]).contains("terraform_resources: "));
    assert!(fails(at, 2, &["query", "--report", &id[..12], "DELETE FROM evidence"]).contains("exhibit:"));
    assert!(succeeds(at, &["verify"]).contains("Everything holds"));
    assert!(succeeds(at, &["status", "--period", month]).contains("storage-encryption"));
}

#[test]
fn one_file_cannot_stand_for_many_periods_and_nothing_is_reported_before_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("prod.tfstate"), STATE).unwrap();
    succeeds(at, &["init", "--tenant", "acme"]);
    let many =
        ["collect", "--control", "storage-encryption", "--file", "terraform-state=prod.tfstate", "--period", "2026-Q3"];
    assert!(fails(at, 2, &many).contains("several periods"));
    assert!(fails(at, 2, &["report", "--framework", "soc2", "--period", "2999"]).contains("has not begun"));
}

#[test]
fn input_that_cannot_be_used_is_named_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(fails(at, 2, &["verify"]).contains("exhibit init"));
    fails(at, 2, &["init", "--tenant", "../acme"]);
    succeeds(at, &["init", "--tenant", "acme"]);
    assert!(fails(at, 2, &["init", "--tenant", "other"]).contains("already"));
    assert!(fails(at, 2, &["demo"]).contains("somebody else"));
    assert!(fails(at, 2, &["collect", "--control", "no-such", "--period", "2026-09"]).contains("no-such"));
    assert!(fails(at, 2, &["report", "--framework", "soc9", "--period", "2026-09"]).contains("soc2"));
    fails(at, 2, &["report", "--framework", "soc2", "--period", "2026-13"]);
    assert!(fails(at, 2, &["collect", "--period", "2999"]).contains("no slot is due"));
    assert!(fails(at, 2, &["query", "--report", "abc", "SELECT 1"]).contains("no report"));
}

#[test]
fn a_source_that_did_not_deliver_is_told_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    succeeds(at, &["init", "--tenant", "acme"]);
    let told = fails(at, 3, &["collect", "--control", "storage-encryption", "--period", "2026-09"]);
    assert!(told.contains("SourceUnavailable") && told.contains("terraform"), "{told}");
    fs::create_dir_all(at.join("bad")).unwrap();
    fs::write(at.join("bad/prod.tfstate"), "{").unwrap();
    let malformed =
        &["collect", "--control", "storage-encryption", "--file", "terraform-state=bad", "--period", "2026-W37"];
    assert!(fails(at, 1, malformed).contains("prod.tfstate"));
    assert!(succeeds(at, &["verify"]).contains("Everything holds"));
}

#[test]
fn a_changed_byte_is_named_with_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("prod.tfstate"), STATE).unwrap();
    succeeds(at, &["init", "--tenant", "acme"]);
    let collect = [
        "collect",
        "--control",
        "storage-encryption",
        "--file",
        "terraform-state=prod.tfstate",
        "--period",
        "2026-W37",
    ];
    succeeds(at, &collect);
    let objects = at.join("data/custody/objects");
    let file = first_file(&objects);
    let mut bytes = fs::read(&file).unwrap();
    bytes[10] ^= 1;
    fs::remove_file(&file).unwrap();
    fs::write(&file, bytes).unwrap();
    let told = fails(at, 1, &["verify"]);
    assert!(told.contains("WRONG") && told.contains(file.file_name().unwrap().to_str().unwrap()), "{told}");
}

fn first_file(folder: &Path) -> std::path::PathBuf {
    let path = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    if path.is_dir() { first_file(&path) } else { path }
}

#[test]
fn the_catalog_can_be_copied_and_changed_and_a_fault_in_it_is_named_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    succeeds(at, &["init", "--tenant", "acme", "--catalog"]);
    succeeds(at, &["status"]);
    let path = at.join("data/catalog/controls/access-mfa.toml");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().position(|line| line.starts_with("finding")).unwrap() + 1;
    fs::write(&path, text.replace("finding = \"access-mfa\"", "finding = \"no-such-query\"")).unwrap();
    let told = fails(at, 2, &["status"]);
    assert!(told.contains(&format!("controls/access-mfa.toml:{line}")) && told.contains("no-such-query"), "{told}");
}

#[test]
fn serving_collects_what_is_due_and_stops_when_told() {
    use std::io::{BufRead as _, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("prod.tfstate"), STATE).unwrap();
    succeeds(at, &["init", "--tenant", "acme"]);
    let data = at.join("data");
    let mut serving = Command::new(env!("CARGO_BIN_EXE_exhibit"))
        .args(["--data", data.to_str().unwrap(), "serve", "--every", "1", "--listen", "127.0.0.1:0"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(serving.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut told = Vec::new();
    for line in lines {
        let looked = line.contains(" collected");
        told.push(line);
        if looked {
            break;
        }
    }
    let terminated = Command::new("kill").args(["-TERM", &serving.id().to_string()]).status().unwrap();
    assert!(terminated.success());
    assert!(serving.wait().unwrap().success(), "{told:?}");
    assert!(
        told.iter().any(|line| line.contains("storage-public.terraform-state") && line.contains("SourceUnavailable"))
    );
    assert!(succeeds(at, &["verify"]).contains("Everything holds"));
}

#[test]
fn a_token_is_one_line_and_the_api_is_not_served_to_a_network_without_tls() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    succeeds(at, &["init", "--tenant", "acme"]);
    let token = succeeds(at, &["token", "--role", "auditor", "--subject", "ana@acme.example"]);
    assert_eq!(token.trim_end().split('.').count(), 3, "{token}");
    assert_eq!(token.lines().count(), 1, "{token}");
    for wrong in
        [&["--role", "owner"][..], &["--role", "admin", "--valid", "721h"], &["--role", "admin", "--valid", "0s"]]
    {
        fails(at, 2, &[&["token", "--subject", "ana"][..], wrong].concat());
    }
    let told = fails(at, 2, &["serve", "--listen", "0.0.0.0:0"]);
    assert!(told.contains("--behind-tls"), "{told}");
}
