use super::fixture::*;
use crate::{Limits, ReconcileError, query, run_finding};
use domain::evidence::Cell;
use rusqlite::{Connection, types::Value};

const EXPRESSIONS: &[&str] = &[
    "date('2026-07-01')",
    "date('2026-07-01T23:59:59Z', '+1 day')",
    "date('2024-02-29', '+1 year')",
    "date('2024-01-31', '+1 month', 'floor')",
    "date('2026-07-01', 'start of month', '+1 month', '-1 day')",
    "date('2026-07-01', 'weekday 0')",
    "date(0, 'unixepoch')",
    "date(1782864000, 'auto')",
    "date('1782864000')",
    "date(2461222.5)",
    "date(2461222.5, 'julianday')",
    "date('2026-07-01T01:30:00+02:00')",
    "date(NULL)",
    "date('no date')",
    "date('')",
    "date(' now')",
    "date('now ')",
    "date('nowhere')",
    "date(x'323032362d30372d3031')",
    "date('2026-07-01', NULL)",
    "date('2026-07-01', 'nonsense')",
    "date('2026-07-01', 'now')",
    "date('12:00')",
    "time('2026-07-01T10:11:12.345Z')",
    "time('2026-07-01T10:11:12.345Z', 'subsec')",
    "time('10:11')",
    "datetime('2026-07-01 10:11:12')",
    "datetime('2026-07-01 10:11:12.999', 'subsecond')",
    "datetime('2026-07-01', '-0.5 hours')",
    "datetime('9999-12-31', '+1 day')",
    "datetime('-4713-11-24')",
    "datetime('2026-07-01', '+0001-02-03 04:05')",
    "julianday('2026-07-01')",
    "julianday('2026-07-01T10:11:12.345Z') - julianday('2026-04-02')",
    "unixepoch('2026-07-01T00:00:00Z')",
    "unixepoch('2026-07-01T00:00:00.250Z', 'subsec')",
    "typeof(unixepoch('2026-07-01'))",
    "typeof(julianday('2026-07-01'))",
    "strftime('%Y-%m-%dT%H:%M:%fZ %j %w %W %s %J %u %G %V %e %k %l %I %p %P %R %T %U %%', '2026-07-01T10:11:12.345')",
    "strftime('now', '2026-07-01')",
    "strftime('%Q', '2026-07-01')",
    "strftime(NULL, '2026-07-01')",
    "strftime('%Y é', '2026-07-01')",
    "timediff('2026-07-01', '2025-02-28')",
    "timediff('2025-02-28', '2026-07-01T10:11:12.345')",
    "timediff('x', '2026-07-01')",
];

#[test]
fn a_date_is_to_the_last_digit_what_stock_sqlite_gives() {
    let staged = stage(&catalog(), &some_evidence());
    let stock = Connection::open_in_memory().unwrap();
    for expression in EXPRESSIONS {
        let sql = format!("SELECT quote({expression}), typeof({expression})");
        let expected: (Value, Value) = stock.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let answer =
            query(&staged.path(), &sql, Limits::QUESTION).unwrap_or_else(|error| panic!("{expression}: {error}"));
        let cell = |value: Value| match value {
            Value::Text(text) => Cell::Text(text),
            other => panic!("{other:?}"),
        };
        assert_eq!(answer.rows, [[cell(expected.0), cell(expected.1)]], "{expression}");
    }
}

#[test]
fn what_asks_for_the_clock_or_the_time_zone_is_refused() {
    let staged = stage(&catalog(), &some_evidence());
    for expression in [
        "date()",
        "time()",
        "datetime()",
        "julianday()",
        "unixepoch()",
        "strftime()",
        "strftime('%Y')",
        "date('now')",
        "DATE('NOW')",
        "\"date\"('Now', '+1 day')",
        "time('now')",
        "datetime('now', 'start of day')",
        "julianday('now')",
        "unixepoch('now')",
        "strftime('%s', 'now')",
        "timediff('now', '2026-07-01')",
        "timediff('2026-07-01', 'now')",
        "date('subsec')",
        "unixepoch('SubSecond')",
        "strftime('%f', 'subsec')",
        "timediff('subsec', '2026-07-01')",
        "date('n' || 'ow')",
        "date(x'6e6f77')",
        "date(CAST(x'6e6f7700ff' AS TEXT))",
        "date('now' || char(0) || 'x')",
        "date(x'6e6f7700ff')",
        "date((SELECT 'now'))",
        "date(CASE WHEN 1 THEN 'now' END)",
        "datetime('2026-07-01', 'localtime')",
        "datetime('2026-07-01', 'UTC')",
        "datetime('2026-07-01', '+1 day', 'LocalTime')",
        "strftime('%H', '2026-07-01', 'utc')",
        "datetime('2026-07-01', x'757463')",
        "CURRENT_TIMESTAMP",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "current_timestamp",
    ] {
        let sql = format!("SELECT\n{expression}");
        match query(&staged.path(), &sql, Limits::QUESTION) {
            Err(ReconcileError::Forbidden { line: 2, what }) => {
                assert!(what.contains("the time"), "{expression}: {what}")
            }
            other => panic!("{expression}: {other:?}"),
        }
    }
}

#[test]
fn a_hostile_value_now_in_a_row_stops_the_query_instead_of_telling_the_time() {
    let catalog = catalog_with(&finding_of("coalesce(date(person), '')"));
    for (person, stops) in [("ana", false), ("now", true), ("NOW", true), ("subsec", true), ("now?", false)] {
        let rows = vec![sign_in(person, true, "2026-07-01T10:00:00Z")];
        let staged = stage(&catalog, &[("access-mfa.aws-iam.2026-07-01", "sign-ins", rows)]);
        let found = run_finding(&staged.path(), control(&catalog), &catalog, &july());
        assert_eq!(matches!(found, Err(ReconcileError::Forbidden { .. })), stops, "{person}: {found:?}");
    }
}
