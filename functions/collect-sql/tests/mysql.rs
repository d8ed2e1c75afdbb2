//! MySQL's protocol as a source, against a real MariaDB.
#![cfg(test)]

mod support;

use catalog::{SqlAccess, SqlEngine};
use domain::{Failure, evidence::Cell};
use support::{
    Place, SECRET, access, order,
    server::{self, Server, mariadb_sql},
    shipped, texts, within,
};

/// A database of its own with an account that may read it, or none where there is no server.
fn database(name: &str) -> Option<(&'static Server, SqlAccess)> {
    let server = server::mariadb()?;
    let secret = SECRET.replace('\\', "\\\\").replace('\'', "''");
    let run = |text: &str| mariadb_sql(server, "", text).unwrap();
    run(&format!("CREATE DATABASE {name} CHARACTER SET utf8mb4; CREATE USER {name}@'%' IDENTIFIED BY '{secret}'"));
    run(&format!("GRANT SELECT, SHOW VIEW ON {name}.* TO {name}@'%'"));
    mariadb_sql(server, name, PEOPLE).unwrap();
    Some((server, access(SqlEngine::Mysql, &format!("127.0.0.1:{}/{name}", server.port), Some(name))))
}

const PEOPLE: &str = "CREATE TABLE people (id BIGINT, name VARCHAR(50), at TIMESTAMP NULL);
    SET time_zone = '+02:00';
    INSERT INTO people VALUES (1, 'ana', '2026-07-01 12:00:00'), (2, 'ben', '2026-07-01 01:59:59'), (3, NULL, NULL)";

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[tokio::test]
async fn rows_of_every_kind_are_read_exactly() {
    let Some((server, access)) = database("kinds") else { return };
    mariadb_sql(
        server,
        "kinds",
        "CREATE TABLE kinds (a TINYINT, b BIGINT UNSIGNED, c DECIMAL(8,2), d FLOAT, e DOUBLE, f BOOLEAN, g TEXT, h JSON, i TIMESTAMP(6) NULL,
            j DATETIME, k DATE, l TIME, m YEAR, n BLOB, o ENUM('x', 'y'), p BIT(3), q CHAR(3), r BINARY(2), s DECIMAL(30, 2), t SET('x', 'y'));
        SET time_zone = '+00:00';
        INSERT INTO kinds VALUES (-3, 18446744073709551615, 12.50, 0.1, 1e-7, TRUE, 'N/A', '{\"b\":1, \"a\":[1.50]}', '2026-07-01 10:00:00.25',
            '2026-07-01 12:00:00', '2026-07-01', '12:00:01', 2026, x'00ff', 'y', b'101', 'é', x'0102', 12345678901234567890.12, 'x,y')",
    )
    .unwrap();
    let columns = [
        "a:integer",
        "b:text",
        "c:real",
        "d:real",
        "e:real",
        "f:boolean",
        "g:text",
        "h:json",
        "i:time",
        "j:text",
        "k:time",
        "l:text",
        "m:integer",
        "n:text",
        "o:text",
        "p:integer",
        "q:text",
        "r:text",
        "s:text",
        "t:text",
    ];
    let (header, rows) = Place::new().answer(&order(&access, "SELECT * FROM kinds", &columns)).await;
    let expected = [
        Cell::Integer(-3),
        text("18446744073709551615"),
        Cell::Real(12.5),
        Cell::Real(0.1),
        Cell::Real(1e-7),
        Cell::Boolean(true),
        Cell::Null,
        text("{\"a\":[1.5],\"b\":1}"),
        text("2026-07-01T10:00:00.25Z"),
        text("2026-07-01 12:00:00"),
        text("2026-07-01T00:00:00Z"),
        text("12:00:01"),
        Cell::Integer(2026),
        text("00ff"),
        text("y"),
        Cell::Integer(5),
        text("é"),
        text("0102"),
        text("12345678901234567890.12"),
        text("x,y"),
    ];
    assert_eq!(rows, [expected]);
    let told = &header.asked.parameters;
    assert_eq!(header.asked.endpoint, format!("mysql://127.0.0.1:{}/kinds", server.port));
    assert_eq!((told["user"].as_str(), told["isolation_level"].as_str()), ("kinds@%", "repeatable read, read only"));
    assert!(told["engine_version"].starts_with("MariaDB 1") && told["statement"] == "SELECT * FROM kinds");
    assert!(told["server_time"].parse::<domain::Timestamp>().is_ok(), "{}", told["server_time"]);
    assert_eq!((header.totals.row_count, header.totals.source_count, header.raw.len()), (1, Some(1), 0));
}

#[tokio::test]
async fn what_would_be_rounded_or_guessed_is_refused_by_column_and_without_the_value() {
    let Some((_, access)) = database("inexact") else { return };
    let place = Place::new();
    for (select, column, says) in [
        ("SELECT 0.1234567890123456789 AS a", "a:real", "more digits than a double holds"),
        ("SELECT 9007199254740993 AS a", "a:integer", "2^53"),
        ("SELECT CAST('2026-07-01 12:00:00' AS DATETIME) AS a", "a:time", "DATE_FORMAT"),
        ("SELECT POINT(1, 2) AS a", "a:text", "write CAST"),
        ("SELECT 'hunter3' AS a", "a:integer", "not an integer"),
    ] {
        let error = place.refusal(&order(&access, select, &[column])).await;
        assert_eq!(error.failure(), Failure::InvalidInput, "{error}");
        let error = error.to_string();
        assert!(error.contains(says) && !error.contains("hunter3"), "{select}: {error}");
    }
}

#[tokio::test]
async fn parameters_are_values_whatever_they_hold() {
    let Some((_, access)) = database("parameters") else { return };
    let place = Place::new();
    let of_the_period =
        "SELECT name FROM people WHERE at >= :period_start AND at < :period_end AND at >= :period_start";
    assert_eq!(texts(&place.answer(&order(&access, of_the_period, &["name:text"])).await.1), [["ana"]]);
    let given = "SELECT :injection AS a, :least AS b, :share AS c, :really AS d FROM people WHERE id = :least";
    let (header, rows) = place.answer(&order(&access, given, &["a:text", "b:integer", "c:real", "d:boolean"])).await;
    assert_eq!(rows[0][0], text("x' OR '1'='1\\'; DROP TABLE people; -- \"`$1?\t\n:who"));
    assert_eq!(rows[0][1..], [Cell::Integer(2), Cell::Real(0.5), Cell::Boolean(true)]);
    assert!(header.asked.parameters["injection"].contains("DROP TABLE"));
    let none = order(&access, "SELECT name FROM people WHERE name = :injection", &["name:text"]);
    assert!(place.answer(&none).await.1.is_empty());
}

#[tokio::test]
async fn what_is_not_reading_alone_is_refused_or_stopped() {
    let Some((server, access)) = database("writing") else { return };
    let place = Place::new();
    for (statement, says) in [
        ("DELETE FROM people", "begins with SELECT"),
        ("SELECT 1 AS a; DELETE FROM people", "second statement"),
        ("SELECT id AS a INTO OUTFILE '/tmp/never' FROM people", "INTO"),
        ("SELECT id AS a FROM people FOR UPDATE", "lock"),
        ("SELECT id AS a FROM people LOCK IN SHARE MODE", "lock"),
        ("SELECT 1 /*! INTO OUTFILE '/tmp/never' */ AS a", "carried out"),
        ("SELECT LOAD_FILE('/etc/passwd') + nothing AS a", "Unknown column"),
    ] {
        let error = place.refusal(&order(&access, statement, &["a:integer"])).await.to_string();
        assert!(error.contains(says), "{statement}: {error}");
    }
    assert_eq!(mariadb_sql(server, "writing", "SELECT count(*) FROM people").unwrap().trim(), "3");
    let shown = place.answer(&order(&access, "SHOW VARIABLES LIKE 'tx_read_only'", &["value:text=Value"])).await.1;
    assert_eq!(texts(&shown), [["ON"]]);
}

#[tokio::test]
async fn an_account_that_can_write_is_refused_and_told_what_to_revoke() {
    let Some((server, access)) = database("rights") else { return };
    let place = Place::new();
    let question = order(&access, "SELECT id FROM people", &["id:integer"]);
    assert_eq!(place.answer(&question).await.1.len(), 3);
    for (grant, revoke, says) in [
        (
            "GRANT INSERT ON rights.people TO rights@'%'",
            "REVOKE INSERT ON rights.people FROM rights@'%'",
            "REVOKE INSERT ON `rights`.`people`",
        ),
        (
            "GRANT UPDATE (name) ON rights.people TO rights@'%'",
            "REVOKE UPDATE (name) ON rights.people FROM rights@'%'",
            "UPDATE on `rights`.`people`",
        ),
        ("GRANT ALL ON other.* TO rights@'%'", "REVOKE ALL ON other.* FROM rights@'%'", "ALL PRIVILEGES on `other`.*"),
        ("GRANT FILE ON *.* TO rights@'%'", "REVOKE FILE ON *.* FROM rights@'%'", "FILE on *.*"),
        (
            "GRANT EXECUTE ON rights.* TO rights@'%'",
            "REVOKE EXECUTE ON rights.* FROM rights@'%'",
            "EXECUTE on `rights`.*",
        ),
        (
            "GRANT SELECT ON rights.* TO rights@'%' WITH GRANT OPTION",
            "REVOKE GRANT OPTION ON rights.* FROM rights@'%'",
            "GRANT OPTION on `rights`.*",
        ),
        (
            "CREATE ROLE `the writer`; GRANT DELETE ON rights.* TO `the writer`; GRANT `the writer` TO rights@'%'",
            "REVOKE `the writer` FROM rights@'%'",
            "DELETE on `rights`.*",
        ),
        (
            "CREATE ROLE outer_role; CREATE ROLE inner_role; GRANT DROP ON rights.* TO inner_role; GRANT inner_role TO outer_role; GRANT outer_role TO rights@'%'",
            "REVOKE outer_role FROM rights@'%'",
            "DROP on `rights`.*",
        ),
        ("GRANT CREATE ON rights.* TO PUBLIC", "REVOKE CREATE ON rights.* FROM PUBLIC", "CREATE on `rights`.*"),
    ] {
        mariadb_sql(server, "", grant).unwrap();
        let error = place.refusal(&question).await;
        assert_eq!(error.failure(), Failure::SourceDenied, "{grant}: {error}");
        assert!(error.to_string().contains(says), "{grant}: {error}");
        mariadb_sql(server, "", revoke).unwrap();
    }
    mariadb_sql(server, "", "GRANT PROCESS, REPLICATION CLIENT, SHOW DATABASES ON *.* TO rights@'%'").unwrap();
    assert_eq!(place.answer(&question).await.1.len(), 3);
}

#[tokio::test]
async fn what_takes_too_long_is_stopped_and_refusals_are_told_apart() {
    let Some((server, access)) = database("slow") else { return };
    let place = Place::new();
    let slow = within(order(&access, "SELECT SLEEP(20) AS a FROM people", &["a:integer"]), 1);
    let error = place.refusal(&slow).await;
    assert_eq!(error.failure(), Failure::SourceUnavailable, "{error}");
    let question = |access: &SqlAccess, text: &str| order(access, text, &["id:integer"]);
    let error = place.refusal(&question(&access, "SELECT id FROM mysql.user")).await;
    assert_eq!(error.failure(), Failure::SourceDenied, "{error}");
    mariadb_sql(server, "", "SET PASSWORD FOR slow@'%' = PASSWORD('another')").unwrap();
    let error = place.refusal(&question(&access, "SELECT id FROM people")).await;
    assert_eq!(error.failure(), Failure::SourceDenied);
    assert!(error.to_string().contains("Access denied"), "{error}");
    let nobody = SqlAccess { address: "127.0.0.1:1/slow".into(), ..access.clone() };
    assert_eq!(place.refusal(&question(&nobody, "SELECT 1 AS id")).await.failure(), Failure::SourceUnavailable);
    let not_private = SqlAccess { private: false, ..access };
    assert_eq!(place.refusal(&question(&not_private, "SELECT 1 AS id")).await.failure(), Failure::SourceDenied);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_failure_and_never_a_short_answer() {
    let Some((server, access)) = database("broken") else { return };
    let place = Place::new();
    let long = order(&access, "SELECT seq AS id FROM seq_1_to_20000000", &["id:integer"]);
    let ending = std::thread::spawn(|| {
        let sending = "SELECT id FROM information_schema.PROCESSLIST WHERE user = 'broken' AND info LIKE '%seq_1_to_2%' AND info NOT LIKE '%count(*)%' AND time_ms > 300";
        (0..1200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            let found = mariadb_sql(server, "", sending).unwrap();
            !found.trim().is_empty() && mariadb_sql(server, "", &format!("KILL {}", found.trim())).is_ok()
        })
    });
    let error = place.refusal(&long).await;
    assert!(ending.join().unwrap(), "it was not ended");
    assert_eq!(error.failure(), Failure::SourceUnavailable, "{error}");
}

/// Accounts and roles of a MariaDB. The password of the first was set at the beginning of 2026.
const ACCOUNTS: &str = "CREATE USER held@'%' IDENTIFIED BY 'x' PASSWORD EXPIRE INTERVAL 90 DAY;
    CREATE USER held_locked@'%' IDENTIFIED BY 'x' ACCOUNT LOCK;
    CREATE USER held_granting@'%' IDENTIFIED BY 'x' PASSWORD EXPIRE NEVER; GRANT SELECT ON *.* TO held_granting@'%' WITH GRANT OPTION;
    CREATE USER held_open@'%'; GRANT CONNECTION ADMIN ON *.* TO held_open@'%';
    CREATE USER held_socket@'localhost' IDENTIFIED VIA mysql_native_password USING 'invalid' OR unix_socket;
    CREATE USER held_either@'%' IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('x');
    CREATE USER held_ended@'%' IDENTIFIED BY 'x' PASSWORD EXPIRE;
    CREATE USER held_out@'%' IDENTIFIED VIA mysql_native_password USING 'invalid';
    CREATE ROLE held_inner; GRANT CREATE USER ON *.* TO held_inner;
    CREATE ROLE held_outer; GRANT held_inner TO held_outer; GRANT held_outer TO held@'%';
    UPDATE mysql.global_priv SET Priv = JSON_SET(Priv, '$.password_last_changed', UNIX_TIMESTAMP('2026-01-01 00:00:00'))
      WHERE User = 'held';
    FLUSH PRIVILEGES";

#[tokio::test]
async fn the_shipped_list_of_accounts_tells_administrators_and_passwords() {
    let Some((server, access)) = database("listed") else { return };
    mariadb_sql(server, "", "GRANT SELECT ON mysql.* TO listed@'%'").unwrap();
    mariadb_sql(server, "", &format!("SET time_zone = '+00:00'; {ACCOUNTS}")).unwrap();
    let (_, rows) = Place::new().answer(&shipped::asking(&access, "mariadb-roles")).await;
    let lines = texts(&rows).into_iter().filter(|row| row[0].starts_with("held")).map(|row| row.join("|"));
    let expected = [
        "held@%|yes|yes|mysql_native_password|2026-04-01T00:00:00Z",
        "held_either@%|yes|no|mysql_native_password|",
        "held_ended@%|yes|no|mysql_native_password|1970-01-01T00:00:00Z",
        "held_granting@%|yes|yes|mysql_native_password|",
        "held_inner|no|yes||",
        "held_locked@%|no|no|mysql_native_password|",
        "held_open@%|yes|no|no_password|",
        "held_out@%|no|no||",
        "held_outer|no|yes||",
        "held_socket@localhost|yes|no|unix_socket|",
    ];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    let of = |name: &str| texts(&rows).into_iter().find(|row| row[0] == name);
    assert_eq!(of("root@localhost").unwrap()[..4], ["root@localhost", "yes", "yes", "no_password"]);
    assert_eq!(of("mariadb.sys@localhost"), None);
    let header = Place::new().answer(&shipped::asking(&access, "mariadb-roles")).await.0;
    assert_eq!(header.totals.source_count, Some(header.totals.row_count));
}

#[tokio::test]
async fn the_shipped_questions_to_the_server_tell_its_settings() {
    let Some((server, access)) = database("settings") else { return };
    mariadb_sql(server, "", "GRANT SELECT ON mysql.* TO settings@'%'").unwrap();
    let place = Place::new();
    let answer = async |name: &str| texts(&place.answer(&shipped::asking(&access, name)).await.1);
    for (value, recorded) in [("OFF", "no"), ("ON", "yes")] {
        mariadb_sql(server, "", &format!("SET GLOBAL general_log = {value}")).unwrap();
        let means = format!("general_log = {value}, plugin none");
        let expected = ["sign-ins", "statements"].map(|topic| [topic, recorded, &means].map(str::to_owned).to_vec());
        assert_eq!(answer("database-audit-settings").await, expected);
    }
    mariadb_sql(server, "", "SET GLOBAL general_log = OFF; GRANT SELECT ON settings.* TO PUBLIC").unwrap();
    let expected = [
        ["password-hash", "mysql_native_password"],
        ["encrypted-connections", "off"],
        ["idle-timeout-seconds", "28800"],
    ];
    assert_eq!(answer("database-settings").await, expected);
    assert_eq!(answer("database-public-rights").await, [["settings", "1", "SELECT", "'PUBLIC'@''"]]);
}
