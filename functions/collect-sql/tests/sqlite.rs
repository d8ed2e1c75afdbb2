//! SQLite files as a source: what is read, and that nothing else can be done.
#![cfg(test)]

mod support;

use catalog::SqlEngine;
use domain::{Failure, evidence::Cell};
use rusqlite::Connection;
use std::{fs, os::unix::fs::symlink, path::Path};
use support::{Place, access, order, texts, within};

const PEOPLE: &str = "CREATE TABLE people (id INTEGER, name TEXT, at TEXT, share REAL, active BOOLEAN, notes TEXT, photo BLOB);
    INSERT INTO people VALUES (1, 'ana', '2026-07-01T10:00:00Z', 0.5, 1, '{\"b\":1,\"a\":2}', x'00ff'),
        (2, 'ben', '2026-06-30T23:59:59Z', 2.0, 0, 'N/A', NULL), (3, 'x'' OR ''1''=''1', '2026-07-02T00:00:00Z', NULL, NULL, NULL, NULL);";

fn put(root: &Path, name: &str, text: &str) -> Connection {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(text).unwrap();
    connection
}

fn ledger() -> (Place, catalog::SqlAccess) {
    let place = Place::new();
    drop(put(place.root(), "ledger/ledger.sqlite", PEOPLE));
    (place, access(SqlEngine::Sqlite, "ledger/ledger.sqlite", None))
}

#[tokio::test]
async fn rows_of_every_kind_are_read_as_they_are() {
    let (place, access) = ledger();
    let columns = [
        "id:integer",
        "name:text",
        "at:time",
        "share:real",
        "active:boolean",
        "notes:json",
        "photo:text",
        "gone?:text",
    ];
    let (header, rows) = place.answer(&order(&access, "SELECT * FROM people ORDER BY id", &columns)).await;
    let text = |text: &str| Cell::Text(text.to_owned());
    assert_eq!(rows.len(), 3);
    assert_eq!(
        rows[0],
        [
            Cell::Integer(1),
            text("ana"),
            text("2026-07-01T10:00:00Z"),
            Cell::Real(0.5),
            Cell::Boolean(true),
            text("{\"a\":2,\"b\":1}"),
            text("00ff"),
            Cell::Null
        ]
    );
    assert_eq!(rows[1][3..], [Cell::Integer(2), Cell::Boolean(false), Cell::Null, Cell::Null, Cell::Null]);
    assert_eq!((header.totals.row_count, header.totals.source_count), (3, Some(3)));
    assert_eq!(header.asked.endpoint, "sqlite:ledger/ledger.sqlite");
    assert!(header.asked.pages.is_empty() && header.raw.is_empty());
    assert_eq!(header.asked.parameters["statement"], "SELECT * FROM people ORDER BY id");
    assert!(header.asked.parameters["engine_version"].starts_with("SQLite 3."));
}

#[tokio::test]
async fn parameters_are_values_whatever_they_hold() {
    let (place, access) = ledger();
    let of_the_period = "SELECT name FROM people WHERE at >= :period_start AND at < :period_end";
    let (header, rows) = place.answer(&order(&access, of_the_period, &["name:text"])).await;
    assert_eq!(texts(&rows), [["ana"]]);
    assert_eq!(header.asked.parameters["period_start"], "2026-07-01T00:00:00Z");
    let injected = order(&access, "SELECT name FROM people WHERE name = :injection", &["name:text"]);
    let (header, rows) = place.answer(&injected).await;
    assert!(rows.is_empty() && header.asked.parameters["injection"].contains("DROP TABLE"));
    let given = order(
        &access,
        "SELECT :injection AS name, :least AS least, :share AS share, :really AS really",
        &["name:text", "least:integer", "share:real", "really:boolean"],
    );
    let rows = place.answer(&given).await.1;
    assert_eq!(rows[0][0], Cell::Text("x' OR '1'='1\\'; DROP TABLE people; -- \"`$1?\t\n:who".into()));
    assert_eq!(rows[0][1..], [Cell::Integer(2), Cell::Real(0.5), Cell::Boolean(true)]);
}

#[tokio::test]
async fn a_parameter_cannot_take_the_place_of_what_the_collector_says() {
    let (place, access) = ledger();
    let mut asked = order(&access, "SELECT :user AS a", &["a:text"]);
    if let catalog::Question::Sql(question) = &mut asked.query.question {
        question.parameters.insert("user".into(), Cell::Text("somebody".into()));
    }
    let error = place.refusal(&asked).await.to_string();
    assert!(error.contains("\"user\"") && error.contains("choose another"), "{error}");
}

#[tokio::test]
async fn nothing_but_reading_is_possible_and_the_file_stays_as_it_was() {
    let (place, access) = ledger();
    let path = place.root().join("ledger/ledger.sqlite");
    let before = fs::read(&path).unwrap();
    for text in [
        "DELETE FROM people",
        "SELECT 1 AS a; DELETE FROM people",
        "WITH a AS (SELECT 1) INSERT INTO people (id) SELECT * FROM a",
        "WITH a AS (SELECT 1) DELETE FROM people RETURNING id AS a",
        "PRAGMA user_version",
        "ATTACH 'x' AS y",
        "SELECT load_extension('x') AS a",
        "SELECT * FROM pragma_database_list",
        "VACUUM INTO 'x'",
        "WITH a AS (SELECT 1) UPDATE people SET id = 7",
    ] {
        let error = place.refusal(&order(&access, text, &["a:integer"])).await;
        assert_eq!(error.failure(), Failure::InvalidInput, "{text}: {error}");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "something was made beside the file");
}

#[tokio::test]
async fn a_column_that_is_not_there_is_named_with_those_that_are() {
    let (place, access) = ledger();
    let error = place.refusal(&order(&access, "SELECT id, name FROM people", &["mail:text"])).await.to_string();
    assert!(error.contains("\"mail\"") && error.contains("id, name"), "{error}");
    let twice = place.refusal(&order(&access, "SELECT id, name AS id FROM people", &["id:text"])).await.to_string();
    assert!(twice.contains("two columns \"id\""), "{twice}");
    let unknown = place.refusal(&order(&access, "SELECT mail FROM people", &["a:text"])).await.to_string();
    assert!(unknown.contains("no such column: mail"), "{unknown}");
    let wrong = place.refusal(&order(&access, "SELECT name FROM people", &["name:integer"])).await.to_string();
    assert!(wrong.contains("row 1, column \"name\"") && !wrong.contains("ana"), "{wrong}");
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_stopped() {
    let (place, access) = ledger();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS a FROM n";
    let error = place.refusal(&within(order(&access, endless, &["a:integer"]), 1)).await;
    assert_eq!(error.failure(), Failure::SourceUnavailable, "{error}");
}

#[tokio::test]
async fn only_files_below_the_root_are_opened() {
    let (place, _) = ledger();
    let outside = tempfile::tempdir().unwrap();
    drop(put(outside.path(), "secret.sqlite", PEOPLE));
    symlink(outside.path().join("secret.sqlite"), place.root().join("linked.sqlite")).unwrap();
    symlink(outside.path(), place.root().join("folder")).unwrap();
    fs::write(place.root().join("text.sqlite"), "no database at all, but long enough to look into").unwrap();
    for (name, says) in [
        ("../secret.sqlite", "outside"),
        ("/etc/passwd", "outside"),
        ("linked.sqlite", "outside"),
        ("folder/secret.sqlite", "outside"),
        ("none.sqlite", "could not be read"),
        ("ledger", "no regular file"),
        ("text.sqlite", "not a database"),
    ] {
        let error = place
            .refusal(&order(&access(SqlEngine::Sqlite, name, None), "SELECT 1 AS a", &["a:integer"]))
            .await
            .to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_file_with_a_write_ahead_log_is_read_at_rest_and_while_it_is_written() {
    let place = Place::new();
    let writer = put(place.root(), "live?%#.sqlite", &format!("PRAGMA journal_mode = WAL; {PEOPLE}"));
    let question = order(&access(SqlEngine::Sqlite, "live?%#.sqlite", None), "SELECT id FROM people", &["id:integer"]);
    assert_eq!(place.answer(&question).await.1.len(), 3);
    drop(writer);
    assert_eq!(fs::read_dir(place.root()).unwrap().count(), 1);
    assert_eq!(place.answer(&question).await.1.len(), 3);
    assert_eq!(fs::read_dir(place.root()).unwrap().count(), 1, "something was made beside the file");
}
