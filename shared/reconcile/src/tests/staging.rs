use super::fixture::*;
use crate::{Limits, ReconcileError, Staging, query};
use domain::evidence::Cell;
use std::time::Instant;

#[test]
fn equal_evidence_gives_an_equal_file_byte_for_byte() {
    let catalog = catalog();
    let mut evidence = some_evidence();
    // Enough for pages to be split, spilled and reused.
    let many = (0..20_000).map(|row| sign_in(&format!("person-{row}"), row % 7 > 0, "2026-07-09T10:00:00Z")).collect();
    evidence.push(("other.directory.2026-07-01", "sign-ins", many));
    let first = stage(&catalog, &evidence);
    assert_eq!(first.digest(), stage(&catalog, &evidence).digest());
    evidence.pop();
    assert_ne!(first.digest(), stage(&catalog, &evidence).digest());
}

#[test]
fn an_auditor_can_join_rows_to_the_evidence_they_are_from() {
    let staged = stage(&catalog(), &some_evidence());
    let sql =
        "SELECT s.person, e.source_id, e.row_count, e.executed_by, length(e.digest), s.row_number, s.second_factor
               FROM sign_ins s JOIN evidence e USING (evidence_id) WHERE e.control_id = 'other'";
    let answer = query(&staged.path(), sql, Limits::QUESTION).unwrap();
    let text = |text: &str| Cell::Text(text.to_owned());
    let expected = [text("stranger"), text("aws-iam"), Cell::Integer(1), text("collector"), Cell::Integer(64)];
    assert_eq!(answer.rows, [[expected.as_slice(), &[Cell::Integer(1), Cell::Integer(0)]].concat()]);
    assert_eq!(answer.columns[4], "length(e.digest)");
}

#[test]
fn large_integers_and_whole_reals_survive() {
    let catalog = catalog();
    let mut row = sign_in("ana", true, "2026-07-01T10:00:00Z");
    row[3] = Cell::Integer(3);
    row[4] = Cell::Text("9007199254740993".to_owned());
    let staged = stage(&catalog, &[("access-mfa.aws-iam.2026-07-01", "sign-ins", vec![row])]);
    let sql = "SELECT typeof(score), score, typeof(attempts), attempts, attempts + 1, 1e300, 9007199254740994.0 FROM sign_ins";
    let answer = query(&staged.path(), sql, Limits::QUESTION).unwrap();
    let text = |text: &str| Cell::Text(text.to_owned());
    let exact = [text("9007199254740993"), text("9007199254740994"), Cell::Real(1e300), text("9007199254740994")];
    let expected = [&[text("real"), Cell::Integer(3), text("integer")], exact.as_slice()].concat();
    assert_eq!(answer.rows, [expected]);
}

#[test]
fn evidence_without_rows_makes_a_table_without_rows() {
    let staged = stage(&catalog(), &[("access-mfa.directory.2026-07-01", "people", Vec::new())]);
    let answer = query(&staged.path(), "SELECT count(*) FROM people", Limits::QUESTION).unwrap();
    assert_eq!(answer.rows, [[Cell::Integer(0)]]);
}

/// What `add` says, and that the file cannot be finished after it.
fn refused(id: &str, query: &str, document: &[u8]) -> ReconcileError {
    let folder = tempfile::tempdir().unwrap();
    let mut staging = Staging::create(&folder.path().join("staging.sqlite")).unwrap();
    let error = add(&mut staging, &catalog(), id, query, document).unwrap_err();
    assert!(matches!(staging.finish(), Err(ReconcileError::Unfinished)));
    error
}

#[test]
fn evidence_that_is_not_what_it_should_be_is_refused_with_the_reason() {
    let catalog = catalog();
    let id = "access-mfa.aws-iam.2026-07-01";
    let rows = || std::iter::once(sign_in("ana", true, "2026-07-01T10:00:00Z"));
    let sound = document(&catalog, id, "sign-ins", rows());

    let error = refused("access-mfa.aws-iam.2026-07-02", "sign-ins", &sound);
    assert!(matches!(error, ReconcileError::OtherEvidence { .. }), "{error}");
    let error = refused(id, "people", &sound);
    assert!(matches!(error, ReconcileError::OtherColumns { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("version 2 of the query sign-ins, with the columns person text, second_factor boolean")
    );
    let empty = document(&catalog, id, "sign-ins", std::iter::empty());
    assert!(matches!(refused(id, "people", &empty), ReconcileError::OtherColumns { .. }));
    let error = refused(id, "sign-ins", &sound[..sound.len() - 1]);
    assert!(matches!(error, ReconcileError::Unreadable { .. }), "{error}");

    let mut wrong = sign_in("ana", true, "2026-07-01T10:00:00Z");
    wrong[1] = Cell::Text("yes".to_owned());
    let error = refused(id, "sign-ins", &document(&catalog, id, "sign-ins", rows().chain([wrong])));
    let gist = "row 2 of the evidence access-mfa.aws-iam.2026-07-01 holds text in the column \"second_factor\"";
    assert!(error.to_string().starts_with(gist), "{error}");
}

#[test]
fn evidence_out_of_order_is_refused_because_the_order_decides_the_bytes() {
    let catalog = catalog();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staging.sqlite");
    let mut staging = Staging::create(&path).unwrap();
    let ids = ["access-mfa.aws-iam.2026-07-02", "access-mfa.aws-iam.2026-07-02"];
    let added = ids.map(|id| {
        let document = document(&catalog, id, "sign-ins", std::iter::empty());
        add(&mut staging, &catalog, id, "sign-ins", &document)
    });
    assert!(matches!(added, [Ok(()), Err(ReconcileError::OutOfOrder { .. })]));
    assert!(matches!(Staging::create(&path), Err(ReconcileError::Create { .. })));
}

#[test]
fn a_million_rows_are_staged_and_questioned_in_reasonable_time() {
    const ROWS: u32 = 1_000_000;
    let catalog = catalog();
    let row = |row| sign_in(&format!("person-{row}"), row % 1000 > 0, "2026-07-01T10:00:00Z");
    let id = "access-mfa.aws-iam.2026-07-01";
    let document = document(&catalog, id, "sign-ins", (0..ROWS).map(row));
    let staged = Staged { folder: tempfile::tempdir().unwrap() };
    let started = timer();
    let mut staging = Staging::create(&staged.path()).unwrap();
    add(&mut staging, &catalog, id, "sign-ins", &document).unwrap();
    staging.finish().unwrap();
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "staged {ROWS} rows ({} MB) in {seconds:.2} s: {:.0} rows/s",
        document.len() >> 20,
        f64::from(ROWS) / seconds
    );
    let started = timer();
    let sql = "SELECT count(*), count(DISTINCT person), sum(julianday(at) > 0) FROM sign_ins";
    let answer = query(&staged.path(), sql, Limits { seconds: None, ..Limits::QUESTION }).unwrap();
    println!("asked a million dates in {:.2} s", started.elapsed().as_secs_f64());
    assert_eq!(answer.rows, [[1_000_000, 1_000_000, 1_000_000].map(Cell::Integer)]);
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", peak.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown"));
    assert!(seconds < 60.0, "{seconds} s");
}

#[expect(clippy::disallowed_methods, reason = "a test measures")]
fn timer() -> Instant {
    Instant::now()
}
