//! Asking for reports as people do, and checking them as auditors do.

use crate::world::{Answer, World, eventually, program};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Command, Output},
};

/// The days of July 2026 from `first` up to and without `end`, as a period.
pub fn days(first: u8, end: u8) -> String {
    match end - first {
        1 => format!("2026-07-{first:02}"),
        _ => format!("2026-07-{first:02}T00:00:00Z--2026-07-{end:02}T00:00:00Z"),
    }
}

/// Has every slot of the controls with files in July collected, and waits until they are.
pub fn collect_july(world: &World, tenant: &str) {
    for (control, slots) in [("second-factor", 10), ("gone", 20)] {
        let who = format!("engineer@{tenant}");
        let asked = world.post(&who, &format!("/v1/controls/{control}/collect"), None, &json!({"period": days(1, 11)}));
        assert_eq!(asked.status, 202, "{asked:?}");
        let path = format!("/v1/evidence?control_id={control}&from=2026-07-01T00:00:00Z&to=2026-07-11T00:00:00Z");
        eventually(control, 120, || {
            let answer = world.get(&who, &format!("{path}&limit=200"));
            assert_eq!(answer.status, 200, "{answer:?}");
            let items = answer.body["items"].as_array().unwrap();
            let collected = items.iter().filter(|item| item["status"] == "collected").count();
            (collected == slots).then_some(())
        });
    }
}

/// Asks for a report and gives the run's id.
pub fn request(world: &World, who: &str, period: &str, key: Option<&str>) -> String {
    let answer = world.post(who, "/v1/reports", key, &json!({"framework": "soc2", "period": period}));
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.body["run_id"].as_str().unwrap().to_owned()
}

/// Polls a run until it is no longer only requested.
pub fn end(world: &World, who: &str, run: &str) -> Value {
    eventually(run, 180, || {
        let Answer { status, body } = world.get(who, &format!("/v1/reports/{run}"));
        assert_eq!(status, 200, "{body}");
        (body["status"] != "requested").then_some(body)
    })
}

/// A report from request to the folder that an auditor gets through its links.
pub fn make(world: &World, tenant: &str, period: &str, folder: &Path) -> Value {
    let run = request(world, &format!("approver@{tenant}"), period, None);
    let ended = end(world, &format!("auditor@{tenant}"), &run);
    assert_eq!(ended["status"], "completed", "{ended}");
    seal(world);
    download(world, tenant, ended["report_id"].as_str().unwrap(), folder);
    ended
}

/// Has the log sealed now instead of within the minute: events settle for five seconds before.
pub fn seal(world: &World) {
    std::thread::sleep(std::time::Duration::from_secs(6));
    world.invoke("seal", &json!({}));
}

/// The verification key of a tenant's log, made of what KMS says.
pub fn verification_key(world: &World, tenant: &str) -> custody_log::VerificationKey {
    let answer = world.aws("kms", "get_public_key", json!({"KeyId": world.at.signing_key}));
    let der = base64(answer["PublicKey"].as_str().unwrap());
    let account = world.at.signing_key.split(':').nth(4).unwrap();
    let origin = format!("exhibit.us-east-1.{account}/e2e/{tenant}");
    custody_log::VerificationKey::new(&origin, der[12..].try_into().unwrap()).unwrap()
}

fn base64(text: &str) -> Vec<u8> {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    BASE64_STANDARD.decode(text).unwrap()
}

/// Downloads a report with everything that it rests on.
pub fn download(world: &World, tenant: &str, report_id: &str, folder: &Path) {
    let token = world.token(&format!("auditor@{tenant}"));
    let mut command = Command::new(program());
    command.args(["--api", &world.at.api, "download", report_id, "--out"]).arg(folder);
    succeeds(command.env("EXHIBIT_TOKEN", token));
}

/// Checks a downloaded report without the network, and makes it again: every format has the same SHA-256.
pub fn holds_and_is_made_again(world: &World, tenant: &str, folder: &Path) {
    let key = verification_key(world, tenant).to_string();
    succeeds(offline().args(["verify", "--key", &key, "--without-remaking"]).arg(folder));
    let made = succeeds(offline().args(["--json", "reproduce"]).arg(folder));
    let answer: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(answer["equal"], true, "{answer}");
    let names: Vec<_> = answer["files"].as_array().unwrap().iter().map(|file| file["name"].to_string()).collect();
    for format in ["pdf", "xlsx", "csv", "json"] {
        assert!(names.iter().any(|name| name.contains(format)), "{format} is not among {names:?}");
    }
}

/// The command as somebody has it who knows nothing of the deployment.
pub fn offline() -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("EXHIBIT_")) {
        command.env_remove(name);
    }
    command
}

pub fn succeeds(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
    output
}
