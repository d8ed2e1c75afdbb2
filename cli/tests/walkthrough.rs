//! The README's source and control, as they stand there, against a server that answers as they expect.
#![cfg(test)]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::Path,
    process::{Command, Output},
    sync::mpsc::{Receiver, channel},
    thread,
};

const README: &str = include_str!("../../README.md");
const TOKEN: &str = "badge-secret-4711";

/// The README's files of that source and control, by path: each stands behind a line that ends with its name.
fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut lines = README.lines();
    let mut named = String::new();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_suffix("`:").and_then(|line| line.rsplit('`').next()) {
            named = name.to_owned();
        }
        if line.starts_with("```toml") || line.starts_with("```sql") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            files.insert(std::mem::take(&mut named), text.join("\n") + "\n");
        }
    }
    files
}

/// Answers every request with two badges; tells what was asked.
fn server() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (told, asked) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            let body = r#"{"badges":[{"holder":"ana","employed":true},{"holder":"bo","employed":false}]}"#;
            let length = body.len();
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").unwrap();
            told.send(head.join("\n")).unwrap();
        }
    });
    (address, asked)
}

fn exhibit(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exhibit"));
    command.args(["--data", folder.join("data").to_str().unwrap()]).args(arguments).current_dir(folder);
    command.env("EXHIBIT_SECRET_BADGES_TOKEN", TOKEN).output().unwrap()
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = exhibit(folder, arguments);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {text}");
    text
}

fn holds(folder: &Path, text: &str) -> Option<String> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()) {
                return Some(path.display().to_string());
            }
        }
    }
    None
}

#[test]
fn the_readmes_source_and_control_are_short_and_work_as_they_stand() {
    let files = files();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["controls/badges.toml", "queries/badges.sql", "queries/badges.toml", "sources/badges.toml"]);
    let lines = files.values().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty()).count();
    assert!(lines < 40, "{lines} lines");

    let place = tempfile::tempdir().unwrap();
    let (at, catalog) = (place.path(), place.path().join("data/catalog"));
    succeeds(at, &["init", "--tenant", "acme", "--catalog"]);
    let (address, asked) = server();
    for (name, text) in &files {
        // The one thing that is not as it stands: where the API is, for which plain HTTP is allowed on a network of one's own.
        let here = format!("address = \"{address}\"\nprivate = true");
        let text = text.replace("address = \"https://badges.acme.example\"", &here);
        fs::write(catalog.join(name), text).unwrap();
    }
    let scope = fs::read_to_string(catalog.join("scope.toml")).unwrap();
    fs::write(catalog.join("scope.toml"), scope.replacen("sources = [", "sources = [\n  \"badges\",", 1)).unwrap();

    assert!(succeeds(at, &["catalog", "check", "data/catalog"]).contains("116 controls, 31 of them operated"));
    let collected = succeeds(at, &["collect", "--control", "badges"]);
    assert!(collected.contains("1 collected."), "{collected}");
    let head = asked.recv().unwrap();
    assert!(head.starts_with("GET /v1/badges HTTP/1.1"), "{head}");
    assert!(head.to_lowercase().contains(&format!("authorization: bearer {TOKEN}")), "{head}");

    let yesterday = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().yesterday().unwrap().to_string();
    succeeds(at, &["report", "--framework", "soc2", "--period", &yesterday, "--out", "reports"]);
    let json = fs::read_to_string(at.join(format!("reports/soc2-{yesterday}.json"))).unwrap();
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let badges = findings.iter().find(|finding| finding["control"] == "badges").unwrap();
    let rows: Vec<_> =
        badges["rows"].as_array().unwrap().iter().map(|row| (&row["subject"], &row["outcome"])).collect();
    assert_eq!(rows, [(&"bo".into(), &"fail".into()), (&"ana".into(), &"pass".into())]);
    // Evidence holds what was asked, and never with which secret.
    assert_eq!(holds(at, TOKEN), None);
}
