//! A hundred megabytes of answers pass within memory. The collector is a process of its own, because memory is its peak.
#![cfg(test)]

mod support;

use collecting::Outcome;
use std::{env, fmt::Write as _, process::Command, time::Instant};
use support::{Answer, Kind, Place, Server, info, order};

const ADDRESS: &str = "EXHIBIT_TEST_LARGE_ADDRESS";
const ENGINE: &str = "EXHIBIT_TEST_LARGE_ENGINE";
const ROWS: u64 = 50_001;

fn pad(row: u64) -> String {
    format!("{:0>1900}", row)
}

fn splunk() -> String {
    let mut text = String::new();
    for row in 0..ROWS {
        let last = if row + 1 == ROWS { ",\"lastrow\":true" } else { "" };
        writeln!(
            text,
            "{{\"preview\":false,\"offset\":{row}{last},\"result\":{{\"host\":\"{}\",\"events\":\"{row}\"}}}}",
            pad(row)
        )
        .unwrap();
    }
    text
}

fn ppl() -> String {
    let mut text = "{\"schema\":[{\"name\":\"host\",\"type\":\"string\"},{\"name\":\"events\",\"type\":\"integer\"}],\"datarows\":[".to_owned();
    for row in 0..ROWS {
        let comma = if row > 0 { "," } else { "" };
        write!(text, "{comma}\n    [\n      \"{}\",\n      {row}\n    ]", pad(row)).unwrap();
    }
    text + &format!("],\"total\":{ROWS},\"size\":{ROWS}}}")
}

fn measure(engine: &str, body: String) {
    let length = body.len();
    let server = Server::start(move |asked, _| match asked.path() {
        "/" => Answer::json(info(Kind::Opensearch).to_string()),
        "/services/server/info" => Answer::status(404),
        _ => Answer::json(body.clone()),
    });
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env(ADDRESS, &server.address)
        .env(ENGINE, engine)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let line = said.lines().find_map(|line| line.split_once("measured ")).unwrap().1;
    println!("measured {engine}, {} MB: {line}", length / 1_000_000);
    let peak: u64 = line.rsplit_once(' ').unwrap().1.parse().unwrap();
    assert!(length > 90_000_000 && peak < 1 << 20, "{peak} KiB");
}

#[test]
fn a_hundred_megabytes_of_lines_pass_within_a_gibibyte() {
    measure("splunk", splunk());
}

#[test]
fn a_hundred_megabytes_of_a_table_pass_within_a_gibibyte() {
    measure("opensearch", ppl());
}

#[tokio::test]
#[ignore = "run by the others"]
async fn child() {
    let (Ok(address), Ok(engine)) = (env::var(ADDRESS), env::var(ENGINE)) else { return };
    let query = "[logs]\ntext = \"source=a\"\n[[column]]\nname = \"host\"\nkind = \"text\"\n[[column]]\nname = \"events\"\nkind = \"integer\"\n";
    let source = format!("engine = \"{engine}\"\naddress = \"{address}\"\nprivate = true\n");
    let (place, begin) = (Place::new(), Instant::now());
    let outcome = place.collect(&order(&source, query), "a-test").await;
    let seconds = begin.elapsed().as_secs_f64();
    let Outcome::Collected { record, new: true } = outcome else { panic!("{outcome:?}") };
    let domain::EvidenceState::Collected(kept) = &record.state else { panic!("{record:?}") };
    assert_eq!(kept.row_count, ROWS);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().trim_end_matches(" kB");
    println!(
        "measured {ROWS} rows in {seconds:.2} s, document {} MB, peak KiB {peak}",
        kept.artifact.length / 1_000_000
    );
}
