#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;
use SqlEngine::{Clickhouse, Mysql, Postgresql, Sqlite};
use domain::evidence::Cell;

fn parameters() -> Parameters {
    let declared = [("limit".to_owned(), Cell::Integer(5)), ("who".to_owned(), Cell::Text("ana".into()))];
    Parameters::new(&"2026-07-01".parse().unwrap(), &declared.into())
}

fn translated(engine: SqlEngine, text: &str) -> String {
    Statement::new(engine, text, &parameters()).unwrap().text
}

fn refusal(engine: SqlEngine, text: &str) -> String {
    Statement::new(engine, text, &parameters()).unwrap_err()
}

#[test]
fn parameters_become_the_placeholders_of_each_engine() {
    let text = "SELECT a FROM t WHERE at >= :period_start AND at < :period_end AND b >= :period_start LIMIT :limit;\n";
    let postgresql = Statement::new(Postgresql, text, &parameters()).unwrap();
    assert_eq!(postgresql.text, "SELECT a FROM t WHERE at >= $1 AND at < $2 AND b >= $1 LIMIT $3");
    assert_eq!(postgresql.names, ["period_start", "period_end", "limit"]);
    let mysql = Statement::new(Mysql, text, &parameters()).unwrap();
    assert_eq!(mysql.text, "SELECT a FROM t WHERE at >= ? AND at < ? AND b >= ? LIMIT ?");
    assert_eq!(mysql.names, ["period_start", "period_end", "period_start", "limit"]);
    let expected = "SELECT a FROM t WHERE at >= {period_start:String} AND at < {period_end:String} AND b >= {period_start:String} LIMIT {limit:Int64}";
    assert_eq!(translated(Clickhouse, text), expected);
    assert_eq!(translated(Sqlite, text), text.trim_end().trim_end_matches(';'));
}

#[test]
fn what_is_a_string_a_name_a_comment_or_a_cast_is_no_parameter() {
    for (engine, text) in [
        (Postgresql, r#"SELECT ':x', 'it''s :x', E'\' :x', ":x", $$ :x $$, $a$ :x $$ $a$, a::text, a[1:2] -- :x"#),
        (Postgresql, "SELECT 1 /* :x /* :x */ :x ; */ # 2"),
        (Mysql, r#"SELECT ':x', '\' :x', "\" :x", `:x`, @a := 1 -- :x ;"#),
        (Mysql, "SELECT 1 # :x ;\n, 2 /* :x */ /*+ HINT */"),
        (Sqlite, "SELECT ':x', \":x\", `:x`, [:x], '\\' -- :x"),
        (Clickhouse, r"SELECT ':x', '\' :x', `:\`x`, $a$ :x $a$, a::String, a ? b : c /* :x */ -- :x"),
    ] {
        let statement = Statement::new(engine, text, &parameters()).unwrap();
        assert_eq!((statement.text.as_str(), statement.names.len()), (text, 0), "{engine}");
    }
    assert_eq!(translated(Postgresql, "SELECT :who::text, x::int"), "SELECT $1::text, x::int");
    assert_eq!(translated(Postgresql, r"SELECT '\', :who, 'é:x'"), r"SELECT '\', $1, 'é:x'");
    assert_eq!(translated(Mysql, "SELECT 5--1, :limit"), "SELECT 5--1, ?");
}

#[test]
fn a_parameter_that_nobody_declared_is_refused_by_name() {
    for engine in [Postgresql, Mysql, Clickhouse, Sqlite] {
        let refused = refusal(engine, "SELECT :nobody");
        assert!(
            refused.contains(":nobody") && refused.contains(":period_start") && refused.contains(":who"),
            "{refused}"
        );
    }
    for (engine, text) in [(Postgresql, "SELECT $1"), (Mysql, "SELECT ?"), (Sqlite, "SELECT ?"), (Sqlite, "SELECT $a")]
    {
        assert!(refusal(engine, text).contains("without a name"), "{text}");
    }
}

#[test]
fn a_query_is_one_statement_that_reads() {
    for engine in [Postgresql, Mysql, Clickhouse, Sqlite] {
        for text in ["SELECT 1; SELECT 2", "SELECT 1; DROP TABLE t", "SELECT 1;;", "SELECT ';' ; --\n DELETE FROM t"] {
            assert!(refusal(engine, text).contains("second statement"), "{engine}: {text}");
        }
        for text in [
            "DELETE FROM t",
            "INSERT INTO t VALUES (1)",
            "  -- x\nUPDATE t SET a = 1",
            "CALL p()",
            "",
            "SET x = 1",
            "EXPLAIN SELECT 1",
        ] {
            assert!(refusal(engine, text).contains("begins with SELECT"), "{engine}: {text}");
        }
        assert!(refusal(engine, "SELECT a INTO b FROM t").contains("INTO"), "{engine}");
        assert!(refusal(engine, "SELECT a FROM t FOR  UPDATE").contains("lock"), "{engine}");
        for text in [
            "SELECT 1;",
            "(SELECT 1) UNION (SELECT 2)",
            "with a as (select 1) select * from a ; -- end",
            "SELECT \"into\" FROM t",
        ] {
            assert!(Statement::new(engine, text, &parameters()).is_ok(), "{engine}: {text}");
        }
    }
    assert!(refusal(Mysql, "SELECT a FROM t LOCK IN SHARE MODE").contains("lock"));
    assert!(refusal(Mysql, "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */").contains("carried out"));
    assert!(refusal(Clickhouse, "SELECT 1 FORMAT CSV").contains("FORMAT"));
    assert!(translated(Postgresql, "SELECT format('x'), substring(a FOR 3) FROM t").contains("format"));
}

#[test]
fn what_does_not_end_is_refused_with_its_line_and_not_its_content() {
    for (engine, text) in [
        (Postgresql, "SELECT 1,\n 'hunter2"),
        (Postgresql, "SELECT 1,\n $a$ hunter2"),
        (Mysql, "SELECT 1,\n 'hunter2\\'"),
        (Sqlite, "SELECT 1\n /* hunter2"),
        (Postgresql, "SELECT 1\n /* /* hunter2 */"),
    ] {
        let refused = refusal(engine, text);
        assert!(refused.starts_with("line 2 ") && !refused.contains("hunter2"), "{refused}");
    }
}

#[test]
fn rows_are_counted_by_a_statement_around_it_that_no_comment_at_its_end_reaches() {
    let statement = Statement::new(Sqlite, "SELECT 1 -- all", &parameters()).unwrap();
    assert_eq!(statement.count.as_deref(), Some("SELECT count(*) FROM (\nSELECT 1 -- all\n) AS answer"));
    assert_eq!(Statement::new(Postgresql, "SHOW all", &parameters()).unwrap().count, None);
}
