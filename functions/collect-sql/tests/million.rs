//! A million rows of PostgreSQL pass within 1 GiB, and quickly. The measurement is a process of its own, because memory is its peak.
#![cfg(test)]

mod support;

use catalog::SqlEngine;
use std::{env, fs, process::Command, time::Instant};
use support::{
    Place, SECRET, access, order,
    server::{self, psql},
};

const ROWS: u64 = 1_000_000;
const ADDRESS: &str = "EXHIBIT_TEST_MILLION_ADDRESS";
const SELECT: &str = "SELECT id, \"user\", at, action, ok, note FROM million";

const TABLE: &str = "CREATE TABLE million AS SELECT n AS id, 'user' || lpad((n % 300)::text, 5, '0') || '@acme.example' AS \"user\",
        '2026-07-01T05:00:00Z'::timestamptz + n % 3600 * interval '1 second' AS at, 'GrantRole' AS action, n % 7 > 0 AS ok,
        'ticket CHG-' || lpad(n::text, 7, '0') || ', role \"reader\" on cluster ' || n % 40 AS note
        FROM generate_series(1, 1000000) AS n";

#[test]
fn a_million_rows_pass_within_a_gibibyte() {
    let Some(server) = server::postgresql() else { return };
    let run = |text: &str| psql(server, "postgres", text).unwrap();
    run(TABLE);
    run("VACUUM ANALYZE million");
    let secret = SECRET.replace('\'', "''");
    run(&format!("CREATE ROLE million LOGIN PASSWORD '{secret}'; GRANT SELECT ON million TO million"));
    let copied = tempfile::NamedTempFile::new().unwrap();
    run(SELECT);
    // The program of the database itself, writing the same rows: what is as fast as it gets.
    let begin = Instant::now();
    run(&format!("\\copy ({SELECT}) TO '{}'", copied.path().display()));
    let copying = begin.elapsed().as_secs_f64();
    assert!(fs::metadata(copied.path()).unwrap().len() > 50 * ROWS);
    let mut child = Command::new(env::current_exe().unwrap());
    let child = child.args(["--exact", "child", "--ignored", "--nocapture"]);
    let output = child.env(ADDRESS, format!("127.0.0.1:{}/postgres", server.port)).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    let line = said.lines().find_map(|line| line.split_once("measured ")).unwrap().1;
    let number =
        |name: &str| -> f64 { line.split(name).nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap() };
    let (seconds, peak) = (number("seconds "), number("peak KiB "));
    println!("{line}; psql copied in {copying:.2} s: {:.2} of its speed", copying / seconds);
    // Read by `cargo xtask bench collect`.
    println!(
        "bench collect | PostgreSQL | {:.0} | {copying:.2} | {seconds:.2} | {:.2} | {:.0}",
        ROWS as f64 / seconds,
        copying / seconds,
        peak / 1024.0
    );
    assert!(peak < f64::from(1 << 20), "{peak} KiB");
}

#[tokio::test]
#[ignore = "run by a_million_rows_pass_within_a_gibibyte"]
async fn child() {
    let Ok(address) = env::var(ADDRESS) else { return };
    let place = Place::new();
    let access = access(SqlEngine::Postgresql, &address, Some("million"));
    let columns = ["id:integer", "user:text", "at:time", "action:text", "ok:boolean", "note:text"];
    let begin = Instant::now();
    let fetched = place.fetched(&order(&access, SELECT, &columns)).await.unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(fetched.written.row_count, ROWS);
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().trim_end_matches(" kB").to_owned();
    println!(
        "measured {ROWS} rows in seconds {seconds:.2} , {:.0} rows/s, document {} MB, peak KiB {peak}",
        ROWS as f64 / seconds,
        fetched.written.length / 1_000_000
    );
}
