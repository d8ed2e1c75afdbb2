//! The shipped questions to ClickHouse, answered by its own engine.
#![cfg(test)]

mod support;

use catalog::Question;
use domain::Failure;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use support::{
    Place,
    clickhouse::{ACCOUNT, Beginning, engine},
    order, shipped, texts, within,
};

/// An account that may read the audit trail, and nothing else.
const READING: Beginning<'_> = Beginning {
    planted: include_str!("support/audit_trail.sql"),
    grants: &["GRANT SELECT ON verity_audit.*"],
    profile: "default",
    users: "",
    roles: "",
    configuration: "",
};

/// What is in the planted audit trail of 1 July 2026, by shipped query; a row's values with a bar between.
const AUDIT: [(&str, &[&str]); 8] = [
    ("audit-cardholder-access", &["ana|cards|4|2|1|1|2|2026-07-01T00:00:00Z|2026-07-01T13:00:00Z"]),
    (
        "audit-decisions",
        &[
            "ana|person|cards|4|0|2026-07-01T00:00:00Z|2026-07-01T13:00:00Z",
            "ana|person|ledger|2|0|2026-07-01T20:00:00Z|2026-07-01T21:15:00Z",
            "ben|person|cards|0|2|2026-07-01T22:00:00Z|2026-07-01T23:59:59Z",
            "ben|person|ledger|1|1|2026-07-01T02:00:00Z|2026-07-01T02:30:00Z",
            "cy|person|records|2|0|2026-07-01T09:00:00Z|2026-07-01T09:30:00Z",
            "dba|person|orders|2|1|2026-07-01T14:00:00Z|2026-07-01T15:30:00Z",
            "eve|person|faces|2|0|2026-07-01T16:00:00Z|2026-07-01T16:05:00Z",
            "mailer|service|customers|3|2|2026-07-01T08:00:00Z|2026-07-01T08:04:00Z",
        ],
    ),
    (
        "audit-denials",
        &[
            "ben|3|2|2026-07-01T02:30:00Z|2026-07-01T23:59:59Z",
            "dba|1|1|2026-07-01T15:30:00Z|2026-07-01T15:30:00Z",
            "mailer|2|1|2026-07-01T08:03:00Z|2026-07-01T08:04:00Z",
        ],
    ),
    (
        "audit-emergency-access",
        &[
            "em-2|ben|ledger|-|2026-07-01T02:00:00Z|2026-07-01T02:00:00Z|1",
            "em-1|ana|ledger|the ledger stood still|2026-07-01T20:00:00Z|2026-07-01T21:15:00Z|2",
        ],
    ),
    ("audit-health-access", &["cy|records|2|1|1|0|1|2026-07-01T09:00:00Z|2026-07-01T09:30:00Z"]),
    ("audit-personal-access", &["mailer|customers|3|2|1|1|1|2026-07-01T08:00:00Z|2026-07-01T08:04:00Z"]),
    (
        "audit-privileged-access",
        &[
            "ana|ledger|1|0|0|1|0|2026-07-01T20:00:00Z|2026-07-01T20:00:00Z",
            "dba|orders|2|0|1|0|1|2026-07-01T14:00:00Z|2026-07-01T15:00:00Z",
        ],
    ),
    ("audit-training-access", &["eve|faces|2|1|2026-07-01T16:00:00Z|2026-07-01T16:05:00Z"]),
];

/// Those that ask the server of itself.
const SERVER: [&str; 3] = ["database-audit-settings", "database-roles", "database-settings"];

/// Rows as AUDIT has them; a value that is null is `-`.
fn lines(rows: &[Vec<domain::evidence::Cell>]) -> Vec<String> {
    let value = |text: &String| if text.is_empty() { "-".to_owned() } else { text.clone() };
    texts(rows).iter().map(|row| row.iter().map(value).collect::<Vec<_>>().join("|")).collect()
}

#[tokio::test]
async fn the_shipped_reports_of_an_audit_trail_hold_what_is_in_it() {
    let Some(engine) = engine("verity_audit", &READING) else { return };
    let place = Place::new();
    for (name, expected) in AUDIT {
        let (header, rows) = place.answer(&shipped::asking(&engine.access, name)).await;
        assert_eq!(lines(&rows), *expected, "{name}");
        assert_eq!(header.totals.source_count, Some(expected.len() as u64), "{name}");
        assert_eq!(header.asked.parameters["user"], ACCOUNT);
        assert!(header.asked.parameters["engine_version"].starts_with("ClickHouse 2"));
    }
    let asked: BTreeSet<&str> = AUDIT.iter().map(|(name, _)| *name).chain(SERVER).collect();
    assert_eq!(asked, BTreeSet::from_iter(shipped::names(&engine.access)), "every shipped text is asked here");
}

#[tokio::test]
async fn a_quiet_day_has_no_rows_and_is_an_answer() {
    let Some(engine) = engine("verity_audit", &READING) else { return };
    let place = Place::new();
    for (name, _) in AUDIT {
        let mut quiet = shipped::asking(&engine.access, name);
        quiet.slot.period = "2025-01-01".parse().unwrap();
        assert!(place.answer(&quiet).await.1.is_empty(), "{name}");
    }
}

const NETWORK: &str = "<networks><ip>::/0</ip></networks>";

fn user(name: &str, authentication: &str, grant: &str) -> String {
    format!("<{name}>{authentication}{NETWORK}<grants><query>{grant}</query></grants></{name}>")
}

#[tokio::test]
async fn the_shipped_list_of_accounts_tells_administrators_and_passwords() {
    let sha256 = format!("<password_sha256_hex>{}</password_sha256_hex>", "ab".repeat(32));
    let users = [
        user("ana", &sha256, "GRANT owners"),
        user("batch", "<password>in clear</password>", "GRANT INSERT ON verity_audit.*"),
        user("certified", "<ssl_certificates><common_name>c</common_name></ssl_certificates>", "GRANT SYSTEM ON *.*"),
        user("everything", "<no_password/>", "GRANT ALL ON *.*"),
        user("flusher", &sha256, "GRANT SYSTEM FLUSH LOGS ON *.*"),
        user("impersonator", &sha256, "GRANT IMPERSONATE ON *"),
        user("maker", &sha256, "GRANT CREATE USER ON *.*"),
        user("reporting", &sha256, "GRANT readers"),
    ];
    let beginning = Beginning {
        grants: &["GRANT SELECT ON verity_audit.*", "GRANT SHOW ACCESS ON *.*"],
        users: &users.concat(),
        roles: "<owners><grants><query>GRANT ACCESS MANAGEMENT ON *.*</query></grants></owners>
            <readers><grants><query>GRANT SELECT ON verity_audit.*</query></grants></readers>",
        ..READING
    };
    let Some(engine) = engine("verity_audit", &beginning) else { return };
    let place = Place::new();
    let (_, rows) = place.answer(&shipped::asking(&engine.access, "database-roles")).await;
    let expected = [
        "ana|yes|yes|sha256_password|-",
        "batch|yes|no|plaintext_password|-",
        "certified|yes|yes|ssl_certificate|-",
        // An empty password in users.xml; the engine tells no more of it.
        "default|yes|no|plaintext_password|-",
        "everything|yes|yes|no_password|-",
        "flusher|yes|no|sha256_password|-",
        "impersonator|yes|yes|sha256_password|-",
        "maker|yes|yes|sha256_password|-",
        "reporting|yes|no|sha256_password|-",
    ];
    assert_eq!(lines(&rows), expected);
}

/// users.xml knows one way in and no end of it: these stand where system.users does.
const WAYS_IN: &str = "CREATE DATABASE planted;
    CREATE TABLE planted.users (
      name String,
      auth_type Array(Enum8('no_password' = 0, 'sha256_password' = 2, 'double_sha1_password' = 3, 'ssl_certificate' = 6, 'no_authentication' = 12)),
      valid_until Array(DateTime64(0, 'UTC'))
    ) ENGINE = MergeTree ORDER BY name;
    INSERT INTO planted.users VALUES
      ('certified', ['ssl_certificate', 'sha256_password'], [0, '2026-09-01 00:00:00']),
      ('ends', ['sha256_password'], ['2027-01-01 00:00:00']),
      ('later', ['sha256_password', 'double_sha1_password'], ['2026-09-01 00:00:00', '2026-10-01 12:30:00']),
      ('never', ['sha256_password'], [0]),
      ('no_password', ['ssl_certificate'], [0]),
      ('nobody', ['no_authentication'], [0]),
      ('one_never', ['sha256_password', 'no_password'], ['2026-09-01 00:00:00', 0])";

#[tokio::test]
async fn of_several_ways_in_the_weakest_is_told_and_an_end_only_when_each_has_one() {
    let grants = ["GRANT SELECT ON planted.*", "GRANT SHOW ACCESS ON *.*"];
    let Some(engine) = engine("planted", &Beginning { planted: WAYS_IN, grants: &grants, ..READING }) else { return };
    let mut order = shipped::asking(&engine.access, "database-roles");
    let Question::Sql(question) = &mut order.query.question else { panic!("{order:?}") };
    for text in question.text.values_mut() {
        *text = text.replace("FROM system.users", "FROM planted.users");
    }
    let expected = [
        "certified|yes|no|sha256_password|2026-09-01T00:00:00Z",
        "ends|yes|no|sha256_password|2027-01-01T00:00:00Z",
        "later|yes|no|double_sha1_password|2026-10-01T12:30:00Z",
        "never|yes|no|sha256_password|-",
        "no_password|yes|no|ssl_certificate|-",
        "nobody|no|no|no_authentication|-",
        "one_never|yes|no|no_password|-",
    ];
    assert_eq!(lines(&Place::new().answer(&order).await.1), expected);
}

/// What the engine writes down, as configuration has it. It makes the table when it first writes to it.
fn log(name: &str) -> String {
    let place = "<database>system</database><flush_interval_milliseconds>100</flush_interval_milliseconds>";
    format!("<{name}>{place}<table>{name}</table></{name}>")
}

#[tokio::test]
async fn the_shipped_questions_to_the_server_tell_its_settings() {
    let (place, absent) = (Place::new(), "is not there or not shown to this account");
    for (configuration, expected) in [
        (
            log("query_log") + &log("session_log"),
            [
                "sign-ins|yes|system.session_log is there".to_owned(),
                "statements|yes|log_queries = 1, system.query_log is there".to_owned(),
            ],
        ),
        (
            String::new(),
            [
                format!("sign-ins|no|system.session_log {absent}"),
                format!("statements|no|log_queries = 1, system.query_log {absent}"),
            ],
        ),
    ] {
        let grants = [READING.grants[0], "GRANT SHOW TABLES ON system.*"];
        let beginning = Beginning { configuration: &configuration, grants: &grants, ..READING };
        let Some(engine) = engine("verity_audit", &beginning) else { return };
        let settings = place.answer(&shipped::asking(&engine.access, "database-settings")).await.1;
        assert_eq!(lines(&settings), ["idle-timeout-seconds|3600"]);
        let begin = Instant::now();
        loop {
            let mut recorded =
                lines(&place.answer(&shipped::asking(&engine.access, "database-audit-settings")).await.1);
            recorded.sort();
            if recorded == expected {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(30), "{recorded:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[tokio::test]
async fn parameters_are_values_whatever_they_hold() {
    let Some(engine) = engine("verity_audit", &READING) else { return };
    let place = Place::new();
    let given = "SELECT :injection AS a, :least AS b, :share AS c, :really AS d";
    let columns = ["a:text", "b:integer", "c:real", "d:boolean"];
    let (header, rows) = place.answer(&order(&engine.access, given, &columns)).await;
    assert_eq!(texts(&rows)[0][0], header.asked.parameters["injection"]);
    assert!(texts(&rows)[0][0].contains("DROP TABLE people; -- \"`$1?\t\n:who"));
    assert_eq!(texts(&rows)[0][1..], ["2", "0.5", "yes"]);
}

#[tokio::test]
async fn an_account_that_can_write_is_refused_unless_its_profile_only_reads() {
    let place = Place::new();
    for (profile, refused) in [("default", true), ("only_reading", false), ("reading", false)] {
        let grants = ["GRANT SELECT, INSERT ON verity_audit.*"];
        let Some(engine) = engine("verity_audit", &Beginning { grants: &grants, profile, ..READING }) else { return };
        let question = shipped::asking(&engine.access, "audit-denials");
        match place.document(&question).await {
            Ok(_) => assert!(!refused, "{profile}"),
            Err(error) => assert!(refused && error.to_string().contains("REVOKE INSERT ON verity_audit.*"), "{error}"),
        }
    }
}

#[tokio::test]
async fn what_the_engine_refuses_is_told_by_what_can_be_done() {
    let Some(engine) = engine("verity_audit", &READING) else { return };
    let place = Place::new();
    for (statement, failure, says) in [
        ("SELECT nothing AS a FROM access_events", Failure::InvalidInput, "identifier `nothing`"),
        ("SELECT 1 AS a FROM nowhere", Failure::InvalidInput, "nowhere"),
        ("SELECT count() AS a FROM system.users", Failure::SourceDenied, "Not enough privileges"),
        ("SELECT count() AS a FROM url('http://127.0.0.1:1/', 'CSV', 'a Int8')", Failure::SourceDenied, "privileges"),
        ("SELECT toUInt8('hunter3') AS a", Failure::InvalidInput, "code 6"),
        ("SELECT count() AS a FROM system.numbers", Failure::SourceUnavailable, "longer than"),
    ] {
        let error = place.refusal(&within(order(&engine.access, statement, &["a:integer"]), 1)).await;
        let told = error.to_string();
        assert!(told.contains(says) && !told.contains("hunter3"), "{statement}: {told}");
        assert_eq!(error.failure(), failure, "{told}");
    }
    let stranger = catalog::SqlAccess { user: Some("stranger".into()), ..engine.access.clone() };
    let error = place.refusal(&shipped::asking(&stranger, "audit-denials")).await;
    assert_eq!(error.failure(), Failure::SourceDenied, "{error}");
    assert!(error.to_string().contains("Authentication failed"), "{error}");
}
