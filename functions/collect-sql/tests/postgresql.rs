//! PostgreSQL as a source, against a real server.
#![cfg(test)]

mod support;

use catalog::{SqlAccess, SqlEngine};
use collecting::{Invocation, Outcome, collect};
use domain::{Actor, Failure, evidence::Cell};
use runtime::Clock;
use std::{sync::Mutex, time::Duration};
use support::{
    Place, SECRET, access, order,
    server::{self, Server, psql},
    texts, within,
};

/// A database of its own with an account that may read its table, or none where there is no server.
fn database(name: &str) -> Option<(&'static Server, SqlAccess)> {
    // CREATE DATABASE copies a template that nobody else may be copying.
    static ONE: Mutex<()> = Mutex::new(());
    let server = server::postgresql()?;
    let one = ONE.lock();
    let secret = SECRET.replace('\'', "''");
    psql(server, "postgres", &format!("CREATE DATABASE {name}")).unwrap();
    psql(
        server,
        "postgres",
        &format!("SET standard_conforming_strings = on; CREATE ROLE {name} LOGIN PASSWORD '{secret}'"),
    )
    .unwrap();
    drop(one);
    psql(server, name, PEOPLE).unwrap();
    psql(server, name, &format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")).unwrap();
    Some((server, access(SqlEngine::Postgresql, &format!("127.0.0.1:{}/{name}", server.port), Some(name))))
}

const PEOPLE: &str = "CREATE TABLE people (id bigint, name text, at timestamptz);
    INSERT INTO people VALUES (1, 'ana', '2026-07-01 12:00:00+02'), (2, 'ben', '2026-06-30 23:59:59Z'), (3, NULL, NULL);
    CREATE SEQUENCE numbers";

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[tokio::test]
async fn rows_of_every_kind_are_read_exactly() {
    let Some((server, access)) = database("kinds") else { return };
    psql(server, "kinds", "CREATE TYPE colour AS ENUM ('red', 'green'); CREATE DOMAIN mail AS text").unwrap();
    let select = r#"SELECT 7::smallint AS a, -3 AS b, 9007199254740991::bigint AS c, 12.50::numeric(8,2) AS d, 0.1::real AS e, 1e-7::float8 AS f,
        true AS g, 'N/A'::text AS h, '{"b":1,"a":[1.50]}'::jsonb AS i, '[2, 1]'::json AS j, '2026-07-01 12:00:00.25+02'::timestamptz AS k,
        '2026-07-01'::date AS l, '5f0c1b9e-0000-4000-8000-00000000000a'::uuid AS m, '\x00ff'::bytea AS n, '10.0.0.0/8'::cidr AS o,
        ARRAY['x', NULL, 'y'] AS p, 'green'::colour AS q, 'a@b'::mail AS r, 12345678901234567890.12::numeric AS s, sum(n)::bigint AS t,
        sum(n) AS u, '2026-07-01 12:00:00'::timestamp AS v, 17::oid AS w, ARRAY[[1,2],[3,4]]::bigint[] AS x, 'z'::bpchar AS y, NULL::int AS z
        FROM generate_series(1, 4) AS n"#;
    let columns = [
        "a:integer",
        "b:integer",
        "c:integer",
        "d:real",
        "e:real",
        "f:real",
        "g:boolean",
        "h:text",
        "i:json",
        "j:json",
        "k:time",
        "l:time",
        "m:text",
        "n:text",
        "o:text",
        "p:json",
        "q:text",
        "r:text",
        "s:text",
        "t:integer",
        "u:integer",
        "v:text",
        "w:integer",
        "x:text",
        "y:text",
        "z:integer",
    ];
    let (header, rows) = Place::new().answer(&order(&access, select, &columns)).await;
    let expected = [
        Cell::Integer(7),
        Cell::Integer(-3),
        Cell::Integer(9_007_199_254_740_991),
        Cell::Real(12.5),
        Cell::Real(0.1),
        Cell::Real(1e-7),
        Cell::Boolean(true),
        Cell::Null,
        text("{\"a\":[1.5],\"b\":1}"),
        text("[2,1]"),
        text("2026-07-01T10:00:00.25Z"),
        text("2026-07-01T00:00:00Z"),
        text("5f0c1b9e-0000-4000-8000-00000000000a"),
        text("00ff"),
        text("10.0.0.0/8"),
        text("[\"x\",null,\"y\"]"),
        text("green"),
        text("a@b"),
        text("12345678901234567890.12"),
        Cell::Integer(10),
        Cell::Integer(10),
        text("2026-07-01 12:00:00"),
        Cell::Integer(17),
        text("[[1,2],[3,4]]"),
        text("z"),
        Cell::Null,
    ];
    assert_eq!(rows, [expected]);
    let told = &header.asked.parameters;
    assert_eq!(header.asked.endpoint, format!("postgresql://127.0.0.1:{}/kinds", server.port));
    assert_eq!(
        (told["user"].as_str(), told["isolation_level"].as_str(), told["timeout_seconds"].as_str()),
        ("kinds", "repeatable read, read only", "30")
    );
    assert!(told["engine_version"].starts_with("PostgreSQL 1") && told["statement"] == select);
    assert!(told["server_time"].parse::<domain::Timestamp>().is_ok());
    assert_eq!((header.totals.row_count, header.totals.source_count, header.raw.len()), (1, Some(1), 0));
}

#[tokio::test]
async fn what_would_be_rounded_or_guessed_is_refused_by_column_and_without_the_value() {
    let Some((_, access)) = database("inexact") else { return };
    let place = Place::new();
    for (select, column, says) in [
        ("SELECT 0.1234567890123456789 AS a", "a:real", "more digits than a double holds"),
        ("SELECT 9007199254740993 AS a", "a:integer", "2^53"),
        ("SELECT 'NaN'::float8 AS a", "a:real", "infinite or no number"),
        ("SELECT 'infinity'::timestamptz AS a", "a:time", "infinity"),
        ("SELECT '2026-07-01 12:00:00'::timestamp AS a", "a:time", "AT TIME ZONE 'UTC'"),
        ("SELECT '1 day'::interval AS a", "a:text", "interval are not read: write CAST"),
        ("SELECT 'hunter3' AS a", "a:integer", "not an integer"),
        ("SELECT x::int AS a FROM (VALUES ('hunter3')) AS v (x)", "a:integer", "SQLSTATE 22P02"),
    ] {
        let error = place.refusal(&order(&access, select, &[column])).await;
        assert_eq!(error.failure(), Failure::InvalidInput, "{error}");
        let error = error.to_string();
        assert!(error.contains(says) && !error.contains("hunter3"), "{select}: {error}");
    }
    let cast = order(&access, "SELECT '2026-07-01 12:00:00'::timestamp AT TIME ZONE 'UTC' AS a", &["a:time"]);
    assert_eq!(texts(&place.answer(&cast).await.1), [["2026-07-01T12:00:00Z"]]);
}

#[tokio::test]
async fn parameters_are_values_whatever_they_hold() {
    let Some((_, access)) = database("parameters") else { return };
    let place = Place::new();
    let of_the_period = "SELECT name FROM people WHERE at >= :period_start AND at < CAST(:period_end AS timestamptz)";
    assert_eq!(texts(&place.answer(&order(&access, of_the_period, &["name:text"])).await.1), [["ana"]]);
    let given = "SELECT CAST(:injection AS text) AS a, :least::int AS b, :share::float8 AS c, :really::boolean AS d, CAST(:injection AS text) AS e";
    let (header, rows) =
        place.answer(&order(&access, given, &["a:text", "b:integer", "c:real", "d:boolean", "e:text"])).await;
    assert_eq!(rows[0][0], rows[0][4]);
    assert_eq!(rows[0][0], text("x' OR '1'='1\\'; DROP TABLE people; -- \"`$1?\t\n:who"));
    assert_eq!(rows[0][1..4], [Cell::Integer(2), Cell::Real(0.5), Cell::Boolean(true)]);
    assert!(header.asked.parameters["injection"].contains("DROP TABLE"));
    let none = order(&access, "SELECT name FROM people WHERE name = :injection", &["name:text"]);
    assert!(place.answer(&none).await.1.is_empty());
    // PostgreSQL would drop the zone without a word.
    let civil = order(&access, "SELECT 1 AS a WHERE now()::timestamp > :period_start", &["a:integer"]);
    let error = place.refusal(&civil).await.to_string();
    assert!(error.contains(":period_start") && error.contains("AS timestamptz"), "{error}");
}

#[tokio::test]
async fn what_is_not_reading_alone_is_refused_or_stopped() {
    let Some((server, access)) = database("writing") else { return };
    psql(server, "writing", "CREATE FUNCTION sneaky() RETURNS int LANGUAGE sql VOLATILE SECURITY DEFINER AS $$ INSERT INTO people VALUES (9, 'eve', now()) RETURNING 1 $$").unwrap();
    let place = Place::new();
    for (statement, says) in [
        ("DELETE FROM people", "begins with SELECT"),
        ("SELECT 1 AS a; DELETE FROM people", "second statement"),
        ("COMMIT; SELECT 1 AS a", "second statement"),
        ("SELECT id AS a INTO other FROM people", "INTO"),
        ("SELECT id AS a FROM people FOR UPDATE", "lock"),
        ("WITH gone AS (DELETE FROM people RETURNING id) SELECT id AS a FROM gone", "data-modifying"),
        ("SELECT sneaky() AS a", "read-only transaction"),
        ("SELECT nextval('numbers') AS a", "read-only transaction"),
        ("SELECT 1 AS a FROM (SELECT set_config('transaction_read_only', 'off', true)) AS b", "read-write mode"),
    ] {
        let error = place.refusal(&order(&access, statement, &["a:integer"])).await.to_string();
        assert!(error.contains(says) || error.contains("permission denied"), "{statement}: {error}");
    }
    assert_eq!(psql(server, "writing", "SELECT count(*) FROM people").unwrap().trim(), "3");
}

#[tokio::test]
async fn an_account_that_can_write_is_refused_and_told_what_to_revoke() {
    let Some((server, access)) = database("rights") else { return };
    let place = Place::new();
    let question = order(&access, "SELECT id FROM people", &["id:integer"]);
    assert_eq!(place.answer(&question).await.1.len(), 3);
    for (grant, revoke, says) in [
        (
            "GRANT INSERT ON people TO rights",
            "REVOKE INSERT ON people FROM rights",
            "REVOKE INSERT ON public.people FROM rights",
        ),
        (
            "GRANT UPDATE (name) ON people TO rights",
            "REVOKE UPDATE (name) ON people FROM rights",
            "UPDATE on public.people",
        ),
        ("GRANT DELETE ON people TO PUBLIC", "REVOKE DELETE ON people FROM PUBLIC", "DELETE on public.people"),
        ("GRANT TRUNCATE ON people TO rights", "REVOKE TRUNCATE ON people FROM rights", "TRUNCATE on public.people"),
        // As every database made before PostgreSQL 15.
        (
            "GRANT CREATE ON SCHEMA public TO PUBLIC",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "REVOKE CREATE ON SCHEMA public FROM rights, PUBLIC",
        ),
        (
            "GRANT CREATE ON DATABASE rights TO rights",
            "REVOKE CREATE ON DATABASE rights FROM rights",
            "CREATE on database rights",
        ),
        (
            "GRANT pg_write_all_data TO rights",
            "REVOKE pg_write_all_data FROM rights",
            "REVOKE pg_write_all_data FROM rights",
        ),
        ("ALTER ROLE rights SUPERUSER", "ALTER ROLE rights NOSUPERUSER", "ALTER ROLE rights NOSUPERUSER"),
        ("ALTER ROLE rights CREATEROLE", "ALTER ROLE rights NOCREATEROLE", "CREATEROLE"),
        ("ALTER ROLE rights CREATEDB", "ALTER ROLE rights NOCREATEDB", "CREATEDB"),
        ("ALTER ROLE rights REPLICATION", "ALTER ROLE rights NOREPLICATION", "REPLICATION"),
        (
            "ALTER TABLE people OWNER TO rights",
            "ALTER TABLE people OWNER TO postgres; GRANT SELECT ON people TO rights",
            "owner of public.people",
        ),
        (
            "GRANT UPDATE ON SEQUENCE numbers TO rights",
            "REVOKE UPDATE ON SEQUENCE numbers FROM rights",
            "sequence public.numbers",
        ),
        // A role that it does not inherit from, but may become.
        (
            "CREATE ROLE writer NOINHERIT; GRANT INSERT ON people TO writer; ALTER ROLE rights NOINHERIT; GRANT writer TO rights",
            "REVOKE writer FROM rights",
            "INSERT on public.people",
        ),
    ] {
        psql(server, "rights", grant).unwrap();
        let error = place.refusal(&question).await;
        assert_eq!(error.failure(), Failure::SourceDenied, "{grant}: {error}");
        assert!(error.to_string().contains(says), "{grant}: {error}");
        psql(server, "rights", revoke).unwrap();
    }
    psql(server, "rights", "GRANT pg_read_all_data, pg_monitor TO rights; ALTER ROLE rights BYPASSRLS; GRANT TEMP ON DATABASE rights TO rights").unwrap();
    assert_eq!(place.answer(&question).await.1.len(), 3);
}

#[tokio::test]
async fn what_takes_too_long_is_stopped_by_the_query_and_by_the_deadline() {
    let Some((_, access)) = database("slow") else { return };
    let place = Place::new();
    let slow = order(&access, "SELECT 1 AS a FROM pg_sleep(20)", &["a:integer"]);
    let error = place.refusal(&within(slow.clone(), 1)).await;
    assert_eq!(error.failure(), Failure::SourceUnavailable, "{error}");
    assert!(error.to_string().contains("longer than 1 s"), "{error}");
    let begin = std::time::Instant::now();
    let error = place.document_within(&slow, 1).await.unwrap_err();
    assert_eq!(error.failure(), Failure::SourceUnavailable, "{error}");
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn who_is_refused_and_who_is_not_there_are_told_apart() {
    let Some((server, access)) = database("refused") else { return };
    let place = Place::new();
    let question = |access: &SqlAccess| order(access, "SELECT id FROM people", &["id:integer"]);
    psql(server, "refused", "CREATE TABLE hidden (id int)").unwrap();
    let error = place.refusal(&order(&access, "SELECT id FROM hidden", &["id:integer"])).await;
    assert_eq!(error.failure(), Failure::SourceDenied);
    assert!(error.to_string().contains("permission denied for table hidden"), "{error}");
    psql(server, "refused", "ALTER ROLE refused PASSWORD 'another'").unwrap();
    let error = place.refusal(&question(&access)).await;
    assert_eq!(error.failure(), Failure::SourceDenied);
    assert!(error.to_string().contains("password authentication failed"), "{error}");
    let nobody = SqlAccess { address: "127.0.0.1:1/refused".into(), ..access.clone() };
    assert_eq!(place.refusal(&question(&nobody)).await.failure(), Failure::SourceUnavailable);
    let not_private = SqlAccess { private: false, ..access.clone() };
    let error = place.refusal(&question(&not_private)).await;
    assert_eq!(error.failure(), Failure::SourceDenied);
    assert!(error.to_string().contains("private = true"), "{error}");
    let credentials = SqlAccess { address: "169.254.169.254:5432/x".into(), ..access };
    assert_eq!(place.refusal(&question(&credentials)).await.failure(), Failure::SourceDenied);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_failure_and_never_a_short_answer() {
    let Some((server, access)) = database("broken") else { return };
    let place = Place::new();
    // 20 million rows would take long: somebody ends the connection while they are sent.
    let long = order(&access, "SELECT n AS id FROM generate_series(1, 20000000) AS n", &["id:integer"]);
    let ending = std::thread::spawn(|| {
        let sending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'broken' AND state = 'active' AND query NOT LIKE '%count(*)%' AND query LIKE '%generate_series%' AND now() - query_start > '300 ms'";
        (0..600).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            psql(server, "broken", sending).unwrap().trim() == "t"
        })
    });
    let invocation = Invocation {
        owner: "a-test".into(),
        actor: Actor::new("a-test").unwrap(),
        clock: Clock::System,
        lease: jiff::SignedDuration::from_mins(10),
        secrets: place.collector.secrets.clone(),
    };
    let outcome = collect(&place.storage, &place.collector, &long, &invocation).await.unwrap();
    assert!(ending.join().unwrap(), "it was not ended");
    let Outcome::Failed { failure, message } = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure, Failure::SourceUnavailable, "{message}");
}

#[tokio::test]
async fn a_slot_is_filled_once_and_stays_as_it_is() {
    let Some((server, access)) = database("slot") else { return };
    let place = Place::new();
    let question =
        order(&access, "SELECT id, name, at FROM people ORDER BY id", &["id:integer", "name:text", "at:time"]);
    let invocation = Invocation {
        owner: "a-test".into(),
        actor: Actor::new("a-test").unwrap(),
        clock: Clock::System,
        lease: jiff::SignedDuration::from_mins(10),
        secrets: place.collector.secrets.clone(),
    };
    let first = collect(&place.storage, &place.collector, &question, &invocation).await.unwrap();
    let Outcome::Collected { record, new: true } = first else { panic!("{first:?}") };
    psql(server, "slot", "DELETE FROM people").unwrap();
    let again = collect(&place.storage, &place.collector, &question, &invocation).await.unwrap();
    assert_eq!(again, Outcome::Collected { record, new: false });
}
