//! A million rows in pages of a thousand pass within 1 GiB, and quickly. The collector is a process of its own, because memory is its peak.
#![cfg(test)]

mod support;

use collecting::Outcome;
use std::{env, fmt::Write as _, process::Command, time::Instant};
use support::{Answer, Place, Server, order};

const ADDRESS: &str = "EXHIBIT_TEST_MILLION_ADDRESS";
const ROWS: u64 = 1_000_000;
const PAGE: u64 = 1_000;

fn page(from: u64) -> String {
    let mut text =
        format!("{{\"total\":{ROWS},\"next\":\"{}\",\"more\":{},\"rows\":[", from + PAGE, from + PAGE < ROWS);
    for id in from..from + PAGE {
        let comma = if id > from { "," } else { "" };
        let (user, minute, second) = (id % 300, id / 60 % 60, id % 60);
        write!(text, "{comma}{{\"id\":{id},\"user\":\"user{user:05}@acme.example\",\"at\":\"2026-07-01T05:{minute:02}:{second:02}Z\",\"action\":\"Grant\",\"ok\":true,\"note\":\"CHG-{id:07}\"}}").unwrap();
    }
    text + "]}"
}

#[test]
fn a_million_rows_in_pages_pass_within_a_gibibyte() {
    let server = Server::start(|asked, _| {
        Answer::json(page(asked.parameter("after").map_or(0, |after| after.parse().unwrap())))
    });
    let copying = curl(&server.address);
    let mut child = Command::new(env::current_exe().unwrap());
    let output =
        child.args(["--exact", "child", "--ignored", "--nocapture"]).env(ADDRESS, &server.address).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let line = said.lines().find_map(|line| line.split_once("measured ")).unwrap().1;
    println!("measured {line}");
    let peak: u64 = line.rsplit_once(' ').unwrap().1.parse().unwrap();
    assert!(peak < 1 << 20, "{peak} KiB");
    let seconds: f64 = line.split(" pages in ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let Some(copying) = copying else { return println!("curl is not there: nothing to compare with") };
    // Read by `cargo xtask bench collect`.
    println!(
        "bench collect | HTTP, pages of {PAGE} | {:.0} | {copying:.2} | {seconds:.2} | {:.2} | {}",
        ROWS as f64 / seconds,
        copying / seconds,
        peak / 1024
    );
}

// How long curl takes for the same pages over one connection, into one file.
fn curl(address: &str) -> Option<f64> {
    let (file, begin) = (tempfile::NamedTempFile::new().unwrap(), Instant::now());
    let pages = format!("{address}/rows?after=[0-{}:{PAGE}]", ROWS - PAGE);
    let mut command = Command::new("curl");
    let copied = command.args(["--silent", "--fail", "--output"]).arg(file.path()).arg(pages).output().ok()?;
    assert!(copied.status.success(), "{copied:?}");
    Some(begin.elapsed().as_secs_f64())
}

#[tokio::test]
#[ignore = "run by a_million_rows_in_pages_pass_within_a_gibibyte"]
async fn child() {
    let Ok(address) = env::var(ADDRESS) else { return };
    let columns = ["id:integer", "user:text", "at:time", "action:text", "ok:boolean", "note:text"].map(|column| {
        let (name, kind) = column.split_once(':').unwrap();
        format!("[[column]]\nname = \"{name}\"\nkind = \"{kind}\"\n")
    });
    let query = format!(
        "format = \"json\"\nrows = \"rows[]\"\n{}[request]\npath = \"/rows\"\n\
        [request.pages]\nkind = \"cursor\"\ncursor = \"next\"\nmore = \"more\"\nparameter = \"after\"\ntotal = \"total\"\n",
        columns.concat()
    );
    let (place, begin) = (Place::new(), Instant::now());
    let outcome = place.collect(&order(&format!("address = \"{address}\"\nprivate = true\n"), &query), "a-test").await;
    let seconds = begin.elapsed().as_secs_f64();
    let Outcome::Collected { record, new: true } = outcome else { panic!("{outcome:?}") };
    let domain::EvidenceState::Collected(kept) = &record.state else { panic!("{record:?}") };
    assert_eq!(kept.row_count, ROWS);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().trim_end_matches(" kB");
    let (rate, megabytes) = (ROWS as f64 / seconds, kept.artifact.length / 1_000_000);
    println!(
        "measured {ROWS} rows in {} pages in {seconds:.2} s, {rate:.0} rows/s, document {megabytes} MB, peak KiB {peak}",
        ROWS / PAGE
    );
}
