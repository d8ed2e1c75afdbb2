//! The log as a person sees it: what enters it, what is asked of it, keys, waivers and holds.

#![cfg(test)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
};

fn exhibit(folder: &Path, arguments: &[&str]) -> Output {
    let data = folder.join("data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_exhibit"));
    command.args(["--data", data.to_str().unwrap()]).args(arguments).current_dir(folder).output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = exhibit(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn fails(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let output = exhibit(folder, arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
    text(&output)
}

fn entries(folder: &Path, arguments: &[&str]) -> Vec<serde_json::Value> {
    let lines = succeeds(folder, &[&["--json", "log", "list"][..], arguments].concat());
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), &["init", "--tenant", "acme", "--origin", "acme.example/exhibit"]);
    folder
}

const STATE: &str = r#"{"version":4,"terraform_version":"1.9.0","serial":1,"lineage":"x","outputs":{},"resources":[
{"mode":"managed","type":"aws_db_instance","name":"main","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]",
"instances":[{"schema_version":1,"attributes":{"id":"main","identifier":"main","storage_encrypted":false,"publicly_accessible":false,"tags":{}}}]}]}"#;

fn collect(folder: &Path) -> Output {
    fs::write(folder.join("prod.tfstate"), STATE).unwrap();
    let file = "terraform-state=prod.tfstate";
    exhibit(folder, &["collect", "--control", "storage-encryption", "--file", file, "--period", "2026-W37"])
}

const EVIDENCE: &str = "storage-encryption.terraform-state.2026-W37";

#[test]
fn what_commands_do_is_listed_shown_and_proven() {
    let folder = made();
    let at = folder.path();
    assert!(collect(at).status.success());
    succeeds(at, &["token", "--role", "auditor", "--subject", "ana@acme.example"]);
    let all = entries(at, &[]);
    assert_eq!(all[0]["entry"]["event"], "key_rotated");
    let key = succeeds(at, &["log", "key"]);
    assert_eq!(all[0]["entry"]["to"], key.as_str());
    assert!(key.starts_with("acme.example/exhibit+"));
    assert_eq!(fs::read_to_string(at.join("data/log.vkey")).unwrap().trim_end(), key);
    assert_eq!(fs::metadata(at.join("data/log.key")).unwrap().permissions().mode() & 0o777, 0o600);
    let committed = entries(at, &["--event", "slots_committed"]);
    assert_eq!(committed.len(), 30);
    let of_control = entries(at, &["--control", "storage-encryption"]);
    let events: Vec<_> = of_control.iter().map(|line| line["entry"]["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["slots_committed", "evidence_collected"]);
    let last = all.last().unwrap();
    assert_eq!(last["entry"]["event"], "role_changed");
    assert_eq!(last["entry"]["roles"], serde_json::json!(["auditor"]));
    let index = last["index"].to_string();
    let shown: serde_json::Value = serde_json::from_str(&succeeds(at, &["--json", "log", "show", &index])).unwrap();
    assert_eq!((&shown["leaf_hash"], &shown["entry"]), (&last["leaf_hash"], &last["entry"]));
    let proof = succeeds(at, &["log", "prove", &index]);
    let checkpoint = succeeds(at, &["log", "checkpoint"]);
    assert!(proof.starts_with(&format!("c2sp.org/tlog-proof@v1\nindex {index}\n")), "{proof}");
    assert!(proof.ends_with(&format!("\n\n{checkpoint}")), "{proof}");
    assert!(fails(at, 2, &["log", "show", "4000"]).contains("4000"));
    assert!(fails(at, 2, &["log", "list", "--event", "nothing"]).contains("evidence-collected"));
    let listed = succeeds(at, &["log", "list", "--control", "storage-encryption"]);
    assert!(listed.contains(&format!("{EVIDENCE} collected, SHA-256 ")), "{listed}");
    succeeds(at, &["verify"]);
}

#[test]
fn whoever_follows_the_log_sees_what_is_sealed_until_they_stop() {
    let folder = made();
    let data = folder.path().join("data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_exhibit"));
    command.args(["--data", data.to_str().unwrap(), "log", "follow", "--from", "31"]).stdout(Stdio::piped());
    let mut following = command.spawn().unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains("due each"));
    succeeds(folder.path(), &["token", "--role", "auditor", "--subject", "ana@acme.example"]);
    assert!(lines.next().unwrap().contains("ana@acme.example may act as auditor"));
    let interrupted = Command::new("kill").args(["-INT", &following.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert!(following.wait().unwrap().success());
}

#[test]
fn an_export_is_brought_up_to_date_and_is_of_one_log() {
    let folder = made();
    let at = folder.path();
    succeeds(at, &["log", "export", "out"]);
    let first = fs::read_to_string(at.join("out/checkpoint")).unwrap();
    assert!(first.starts_with("acme.example/exhibit\n32\n"), "{first}");
    assert!(at.join("out/tile/0/000.p/32").exists() && at.join("out/tile/entries/000.p/32").exists());
    assert!(collect(at).status.success());
    succeeds(at, &["log", "export", "out"]);
    assert!(fs::read_to_string(at.join("out/checkpoint")).unwrap().starts_with("acme.example/exhibit\n33\n"));
    let other = made();
    let out = at.join("out");
    assert!(fails(other.path(), 2, &["log", "export", out.to_str().unwrap()]).contains("another log"));
}

#[test]
fn a_key_is_handed_over_and_the_old_one_put_aside() {
    let folder = made();
    let at = folder.path();
    let old = succeeds(at, &["log", "key"]);
    let told = succeeds(at, &["log", "rotate-key"]);
    let new = succeeds(at, &["log", "key"]);
    assert!(old != new && told.contains(&new), "{told}");
    assert_eq!(told.lines().filter(|line| line.starts_with("— acme.example/exhibit ")).count(), 2, "{told}");
    assert_eq!(entries(at, &["--event", "key-rotated"]).len(), 2);
    let aside = fs::read_dir(at.join("data")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(aside.filter(|name| name.starts_with("log.key.20")).count(), 1);
    assert!(collect(at).status.success());
    succeeds(at, &["verify"]);
}

#[test]
fn a_command_whose_events_cannot_be_sealed_stands_and_they_are_sealed_later() {
    let folder = made();
    let at = folder.path();
    fs::rename(at.join("data/log.key"), at.join("log.key")).unwrap();
    let output = collect(at);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("1 collected") && text(&output).contains("log.key"), "{}", text(&output));
    assert!(!at.join("data/log.key").exists(), "a key that is gone is not replaced");
    fs::rename(at.join("log.key"), at.join("data/log.key")).unwrap();
    assert!(collect(at).status.success());
    assert_eq!(entries(at, &["--event", "evidence-collected"]).len(), 1);
    fs::set_permissions(at.join("data/log.key"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(text(&collect(at)).contains("chmod 600"));
}

#[test]
fn a_slot_is_waived_once_and_only_where_something_asks_for_it() {
    let folder = made();
    let at = folder.path();
    let id = "storage-encryption.terraform-state.2026-W38";
    let waived = succeeds(at, &["waive", id, "--reason", "the account was closed", "--as", "ben@acme.example"]);
    assert!(waived.contains(id), "{waived}");
    succeeds(at, &["waive", id, "--reason", "the account was closed", "--as", "ben@acme.example"]);
    let told = entries(at, &["--event", "slot-waived"]);
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0]["entry"]["evidence_id"], &told[0]["entry"]["actor"]),
        (&id.into(), &"ben@acme.example".into())
    );
    let status: serde_json::Value =
        serde_json::from_str(&succeeds(at, &["--json", "status", "--period", "2026-09"])).unwrap();
    let of = status["controls"].as_array().unwrap().iter().find(|of| of["control"] == "storage-encryption").unwrap();
    assert_eq!(of["waived"], 1);
    for unknown in ["storage-encryption.no-such.2026-W38", "storage-encryption.terraform-state.2026-09"] {
        assert!(fails(at, 2, &["waive", unknown, "--reason", "x"]).contains("nothing asks"));
    }
    assert!(collect(at).status.success());
    assert!(fails(at, 1, &["waive", EVIDENCE, "--reason", "x"]).contains("filled"));
}

#[test]
fn a_hold_locks_a_report_and_all_it_rests_on_until_two_people_lift_it() {
    let folder = made();
    let at = folder.path();
    assert!(collect(at).status.success());
    let report = succeeds(at, &["--json", "report", "--framework", "soc2", "--period", "2026-09"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let id = report["report_id"].as_str().unwrap();
    let place = |name: &str| succeeds(at, &["--json", "hold", "place", name, id, "--reason", "a lawsuit"]);
    let placed: serde_json::Value = serde_json::from_str(&place("case-1")).unwrap();
    let objects = placed["objects"].as_u64().unwrap();
    assert!(objects >= 4 + 4, "four files, staging, snapshot, catalog, evidence: {objects}");
    place("case-1");
    place("case-2");
    let release = |name: &str, actor: &str| -> serde_json::Value {
        let answer = succeeds(at, &["--json", "hold", "release", name, "--reason", "settled", "--as", actor]);
        serde_json::from_str(&answer).unwrap()
    };
    for _ in 0..2 {
        assert_eq!(release("case-1", "ana")["hold"]["state"], "release_asked", "one alone cannot lift it");
    }
    let lifted = release("case-1", "ben");
    assert_eq!(
        (&lifted["hold"]["state"], &lifted["unlocked"]),
        (&"released".into(), &0.into()),
        "the other still holds"
    );
    release("case-2", "ben");
    assert_eq!(release("case-2", "ana")["unlocked"], objects);
    assert_eq!(release("case-2", "ana")["unlocked"], 0);
    let released = entries(at, &["--event", "hold-released"]);
    assert_eq!(released.len(), 2);
    assert_eq!(released[1]["entry"]["approved_by"], serde_json::json!(["ben"]));
    assert_eq!(entries(at, &["--event", "hold-placed"]).len(), 2);
    assert!(fails(at, 1, &["hold", "place", "case-1", id, "--reason", "again"]).contains("another name"));
    assert!(fails(at, 2, &["hold", "release", "case-9", "--reason", "x"]).contains("case-9"));
    assert!(succeeds(at, &["hold", "list"]).contains("lifted by ana and ben"));
    succeeds(at, &["verify"]);
}
