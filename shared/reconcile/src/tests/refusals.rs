use super::fixture::*;
use crate::{Limits, ReconcileError, query, run_finding};

fn error_of(sql: &str) -> String {
    let staged = stage(&catalog(), &some_evidence());
    match query(&staged.path(), sql, Limits::QUESTION) {
        Ok(answer) => panic!("{sql} was answered: {answer:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_question_can_only_read() {
    let before = stage(&catalog(), &some_evidence()).digest();
    let staged = stage(&catalog(), &some_evidence());
    for (sql, gist) in [
        ("INSERT INTO sign_ins (person) VALUES ('x')", "(insert)"),
        ("UPDATE sign_ins SET person = 'x'", "(update)"),
        ("DELETE FROM sign_ins", "(delete)"),
        ("WITH x AS (SELECT 1) DELETE FROM sign_ins", "(delete)"),
        ("CREATE TABLE x (a)", "one SELECT"),
        ("CREATE TEMP TABLE x (a)", "one SELECT"),
        ("CREATE VIEW x AS SELECT 1", "one SELECT"),
        ("DROP TABLE sign_ins", "one SELECT"),
        ("ALTER TABLE sign_ins RENAME TO x", "one SELECT"),
        ("CREATE INDEX x ON sign_ins (person)", "one SELECT"),
        ("REINDEX", "one SELECT"),
        ("ANALYZE", "one SELECT"),
        ("VACUUM", "one SELECT"),
        ("VACUUM INTO '/tmp/x'", "one SELECT"),
        ("ATTACH '/etc/passwd' AS x", "(attach)"),
        ("DETACH main", "(detach)"),
        ("PRAGMA table_info(sign_ins)", "(pragma)"),
        ("PRAGMA writable_schema = ON", "(pragma)"),
        ("BEGIN", "(transaction)"),
        ("SAVEPOINT x", "(transaction)"),
        ("EXPLAIN SELECT 1", "one SELECT"),
        ("EXPLAIN QUERY PLAN SELECT 1", "one SELECT"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT 1; DROP TABLE sign_ins", "one SELECT"),
        ("", "one SELECT"),
        ("-- nothing", "one SELECT"),
        ("SELECT * FROM pragma_table_info('sign_ins')", "must not read \"pragma_table_info\""),
        ("SELECT count(*) FROM pragma_database_list", "must not read \"pragma_database_list\""),
        ("SELECT * FROM dbstat", "must not read \"dbstat\""),
        ("SELECT count(*) FROM dbstat", "must not read \"dbstat\""),
        ("SELECT * FROM temp.sqlite_schema", "must not read"),
        ("SELECT random()", "random()"),
        ("SELECT abs(RANDOM())", "random()"),
        ("SELECT randomblob(4)", "randomblob()"),
        ("SELECT person FROM sign_ins ORDER BY random()", "random()"),
        ("SELECT changes()", "changes()"),
        ("SELECT total_changes()", "total_changes()"),
        ("SELECT last_insert_rowid()", "last_insert_rowid()"),
        ("SELECT sqlite_version()", "sqlite_version()"),
        ("SELECT sqlite_source_id()", "sqlite_source_id()"),
        ("SELECT sqlite_compileoption_get(0)", "sqlite_compileoption_get()"),
        ("SELECT load_extension('x')", "load_extension()"),
        ("SELECT zeroblob(10)", "zeroblob()"),
        ("SELECT soundex('a')", "soundex()"),
        ("SELECT subtype(1)", "subtype()"),
        ("SELECT :x", "no parameter :x"),
        ("SELECT ?", "no parameter ?"),
        ("SELECT \"persn\" FROM sign_ins", "no such column"),
        ("SELECT persn FROM sign_ins", "no such column"),
        ("SELECT 1 FROM nowhere", "no such table"),
        ("SELECT x'00'", "bytes: use hex()"),
        ("SELECT 1e400", "without end"),
        ("SELECT CAST(x'ff' AS TEXT)", "not UTF-8"),
        ("SELECT json_extract('{', '$')", "malformed JSON"),
        ("SELECT sum(9223372036854775807) FROM sign_ins", "integer overflow"),
    ] {
        match query(&staged.path(), sql, Limits::QUESTION) {
            Ok(answer) => panic!("{sql} was answered: {answer:?}"),
            Err(error) => assert!(error.to_string().contains(gist), "{sql}: {error}"),
        }
    }
    assert_eq!(staged.digest(), before, "nothing has changed the file");
}

#[test]
fn a_question_can_read_everything_there_is() {
    let staged = stage(&catalog(), &some_evidence());
    for sql in [
        "SELECT name, sql FROM sqlite_schema",
        "SELECT count(*) FROM sign_ins",
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT count(*) FROM n",
        "WITH people AS (SELECT DISTINCT person FROM sign_ins) SELECT count(*) FROM people",
        "SELECT value FROM json_each('[1,2]')",
        "SELECT count(*) FROM json_tree('[1,2]')",
        "SELECT '{\"a\":1}' -> 'a', '{\"a\":1}' ->> 'a'",
        "SELECT person, row_number() OVER (PARTITION BY person ORDER BY at), lag(at) OVER (ORDER BY at) FROM sign_ins",
        "SELECT person FROM sign_ins WHERE person LIKE 'a%' OR person GLOB '*o' UNION SELECT upper(person) FROM sign_ins",
        "VALUES (1), (2)",
        "SELECT 1;",
        "SELECT 1; -- and no more",
    ] {
        assert!(query(&staged.path(), sql, Limits::QUESTION).is_ok(), "{sql}: {:?}", error_of(sql));
    }
}

#[test]
fn the_line_that_is_refused_is_named() {
    let error = error_of("SELECT person,\n       -- random() is not it\n       random()\nFROM sign_ins");
    assert!(error.starts_with("line 3 of the query: it must not call random()"), "{error}");
    let error = error_of("SELECT person\nFROM sign_ins\nWHERE persn = 1");
    assert!(error.starts_with("line 3 of the query: no such column: persn"), "{error}");
}

#[test]
fn a_finding_query_sees_the_evidence_of_its_control_alone() {
    for (from, gist) in [
        ("main.sign_ins", "no such table: main.sign_ins"),
        ("sign_ins WHERE 0 < (SELECT max(row_count) FROM evidence)", "must not read \"evidence\""),
        ("(SELECT count(*) FROM evidence), sign_ins", "must not read \"evidence\""),
        ("sqlite_schema, sign_ins", "must not read \"sqlite_schema\""),
        ("sign_ins WHERE 'x' IN (SELECT name FROM sqlite_schema)", "must not read \"sqlite_"),
        ("sqlite_temp_schema, sign_ins", "must not read"),
        // A WITH table takes the name of the view, to be taken for it.
        ("(WITH sign_ins AS (SELECT * FROM main.sign_ins) SELECT * FROM sign_ins)", "no such table: main.sign_ins"),
        ("pragma_database_list, sign_ins", "must not read \"pragma_database_list\""),
    ] {
        let catalog = catalog_with(&finding_of("''").replace("FROM sign_ins", &format!("FROM {from}")));
        let staged = stage(&catalog, &some_evidence());
        let error = run_finding(&staged.path(), control(&catalog), &catalog, &july()).unwrap_err().to_string();
        assert!(error.contains(gist), "{from}: {error}");
    }
}

#[test]
fn a_file_that_is_no_staging_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    assert!(matches!(query(&path, "SELECT 1", Limits::QUESTION), Err(ReconcileError::Database(_))));
    assert!(!path.exists(), "asking makes no file");
    std::fs::write(
        &path,
        "this is not a database, and long enough to have a header of one hundred bytes: ....................",
    )
    .unwrap();
    assert!(matches!(query(&path, "SELECT 1", Limits::QUESTION), Err(ReconcileError::Database(_))));
}
