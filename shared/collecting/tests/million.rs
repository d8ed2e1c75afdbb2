//! A million rows pass within 1 GiB, and quickly. Each measurement is a process of its own, because memory is its peak.
#![cfg(test)]

mod support;

use catalog::FileFormat;
use collecting::{Limits, Request, write_evidence};
use domain::{Actor, evidence::Collector};
use std::{env, fmt::Write as _, fs, io::BufWriter, path::Path, process::Command, sync::Mutex, time::Instant};
use support::{query, slot};

/// One at a time: two would share the processors.
static ALONE: Mutex<()> = Mutex::new(());

const ROWS: u64 = 1_000_000;
const FOLDER: &str = "EXHIBIT_TEST_MILLION_FOLDER";
const COLUMNS: [&str; 6] = ["id:integer", "user:text", "at:time", "action:text", "ok:boolean", "note:text"];

fn csv() -> String {
    let mut text = "id,user,at,action,ok,note\r\n".to_owned();
    for id in 0..ROWS {
        let (minute, second) = (id / 60 % 60, id % 60);
        let at = format!("2026-07-01T05:{minute:02}:{second:02}Z");
        writeln!(text, "{id},user{:05}@acme.example,{at},GrantRole,true,\"ticket CHG-{id:07}, role \"\"reader\"\" on cluster {:02}\"\r", id % 300, id % 40).unwrap();
    }
    text
}

fn json() -> String {
    let mut text = "{\"took\":1,\"rows\":[\n".to_owned();
    for id in 0..ROWS {
        let comma = if id > 0 { "," } else { "" };
        let (minute, second) = (id / 60 % 60, id % 60);
        writeln!(text, "{comma}{{\"id\":{id},\"user\":\"user{:05}@acme.example\",\"at\":\"2026-07-01T05:{minute:02}:{second:02}Z\",\"action\":\"Grant\",\"ok\":true,\"note\":\"CHG-{id:07}\"}}", id % 300).unwrap();
    }
    text + "]}"
}

fn measure(test: &str, name: &str, text: &str) {
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    let mut child = Command::new(env::current_exe().unwrap());
    let output = child.args(["--exact", test, "--ignored", "--nocapture"]).env(FOLDER, folder.path()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let line = said.lines().find_map(|line| line.split_once("measured ")).unwrap().1;
    println!("{name}: {line}");
    let peak: u64 = line.rsplit_once(' ').unwrap().1.parse().unwrap();
    assert!(peak < 1 << 20, "{peak} KiB");
}

fn child(format: FileFormat, rows: Option<&str>) {
    let Ok(folder) = env::var(FOLDER) else { return };
    let begin = Instant::now();
    let entry = fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
    let raw = [support::raw(entry.file_name().to_str().unwrap(), fs::read(entry.path()).unwrap())];
    let read = begin.elapsed();
    let query = query(format, rows, &COLUMNS);
    let (slot, executed_by) = (slot(), Actor::new("a-test").unwrap());
    let request = Request {
        slot: &slot,
        query: &query,
        endpoint: "files:test",
        parameters: &Default::default(),
        collector: &Collector { name: "collect-test".into(), version: "1".into() },
        source_count: None,
        executed_at: "2026-07-02T03:00:00Z".parse().unwrap(),
        executed_by: &executed_by,
        limits: Limits::default(),
    };
    let out = BufWriter::new(fs::File::create(Path::new(&folder).join("document")).unwrap());
    let written = write_evidence(out, &request, &raw).unwrap();
    assert_eq!(written.row_count, ROWS);
    let seconds = begin.elapsed().as_secs_f64();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    let per_row = raw[0].bytes.len() as u64 / ROWS;
    println!(
        "measured {ROWS} rows of {per_row} bytes in {seconds:.2} s (reading the file {:.2} s), {:.0} rows/s, document {} MB, peak KiB {peak}",
        read.as_secs_f64(),
        ROWS as f64 / seconds,
        written.length / 1_000_000
    );
}

#[test]
fn a_million_csv_rows_pass_within_a_gibibyte() {
    measure("child_csv", "million.csv", &csv());
}

#[test]
fn a_million_json_rows_pass_within_a_gibibyte() {
    measure("child_json", "million.json", &json());
}

#[test]
#[ignore = "run by a_million_csv_rows_pass_within_a_gibibyte"]
fn child_csv() {
    child(FileFormat::Csv, None);
}

#[test]
#[ignore = "run by a_million_json_rows_pass_within_a_gibibyte"]
fn child_json() {
    child(FileFormat::Json, Some("rows[]"));
}
