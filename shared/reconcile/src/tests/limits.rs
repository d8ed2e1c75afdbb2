use super::fixture::*;
use crate::{Limits, ReconcileError, query};

const ENDLESS: &str = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

fn limit_of(sql: &str, limits: Limits) -> String {
    let staged = stage(&catalog(), &some_evidence());
    match query(&staged.path(), sql, limits) {
        Err(ReconcileError::Limit { limit }) => limit,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_query_that_reaches_a_limit_is_an_error_that_names_it() {
    let limits = Limits { steps: 1_000_000, rows: 3, seconds: None };
    assert_eq!(limit_of(ENDLESS, limits), "1000000 steps");
    assert_eq!(limit_of("SELECT 1 FROM sign_ins", limits), "3 rows");
    assert_eq!(
        limit_of("SELECT replace(hex(printf('%1000000d', 1)), '0', printf('%1000d', 1))", limits),
        "16777216 bytes in one value"
    );
    let endless = Limits { steps: u64::MAX, seconds: Some(1), ..limits };
    assert_eq!(limit_of(ENDLESS, endless), "1 seconds");
    let long = format!("SELECT '{}'", "x".repeat(100_001));
    assert_eq!(limit_of(&long, limits), "100000 bytes in a query");
}

#[test]
fn exactly_as_many_rows_as_allowed_are_an_answer() {
    let staged = stage(&catalog(), &some_evidence());
    let limits = Limits { rows: 3, ..Limits::QUESTION };
    assert_eq!(query(&staged.path(), "SELECT 1 FROM sign_ins LIMIT 3", limits).unwrap().rows.len(), 3);
}

#[test]
fn statements_of_monstrous_shape_are_refused() {
    let staged = stage(&catalog(), &some_evidence());
    let deep = format!("SELECT {}1{}", "(1 + ".repeat(300), ")".repeat(300));
    let wide = format!("SELECT {}", vec!["1"; 600].join(", "));
    let union = vec!["SELECT 1"; 60].join(" UNION ALL ");
    let arguments = format!("SELECT max({})", vec!["1"; 70].join(", "));
    for (sql, gist) in [(deep, "maximum depth"), (wide, "too many"), (union, "too many"), (arguments, "too many")] {
        let error = query(&staged.path(), &sql, Limits::QUESTION).unwrap_err().to_string();
        assert!(error.contains(gist), "{error}");
    }
}

#[test]
fn the_same_query_takes_the_same_steps_every_time() {
    let staged = stage(&catalog(), &some_evidence());
    let sql = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
               SELECT count(*) FROM n, sign_ins WHERE i % 7 = row_number";
    let passes = |steps| query(&staged.path(), sql, Limits { steps, rows: 9, seconds: None }).is_ok();
    let least = |_| (1..1000).map(|thousand| thousand * 1000).find(|steps| passes(*steps)).unwrap();
    let found = [1, 2, 3].map(least);
    assert!(found.iter().all(|steps| *steps == found[0] && *steps > 10_000), "{found:?}");
}
