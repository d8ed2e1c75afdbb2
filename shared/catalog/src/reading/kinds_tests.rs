//! Sources of every kind, and the questions that are put to them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use crate::{Access, Authentication, Catalog, FileFormat, Pages, Problem, Question, RequestBody, SqlEngine};
use std::collections::BTreeMap;

const CONTROL: &str = r#"id = "members"
title = "Members"
description = "Members are known."
severity = "high"
schedule = "cron(0 3 * * ? *)"
period = "day"
retention = "seven-years"
finding = "members"
remediation = "Know them."

[satisfies]
soc2 = ["CC6.1"]

[[collect]]
source = "github"
query = "members"
"#;

const FRAMEWORK: &str = r#"id = "soc2"
title = "SOC 2"
version = "2017"
source = "AICPA"
requirement = [{ id = "CC6.1", title = "Access" }]

[reporting]
frequency = "yearly"
retention = "none is named"
critical_areas = ["access"]
source = "AICPA"
"#;

const SOURCE: &str = r#"id = "github"
title = "GitHub"
collector = "http"
address = "https://api.github.com"

[authentication]
scheme = "bearer"
secret = "github-token"

[limit]
requests = 5
per = "second"

[values]
organisation = "acme"
"#;

const QUERY: &str = r#"name = "members"
version = 1
answers = "Who is a member?"
format = "json"
rows = "[]"

[request]
path = "/orgs/{organisation}/members"

[request.parameters]
per_page = "100"

[request.pages]
kind = "link"

[request.each]
path = "/users/{login}"
into = "detail"
absent = [404]

[[column]]
name = "login"
kind = "text"
redact = "person"
"#;

const FINDING: &str = "-- name: members\n-- version: 1\n-- answers: Who?\nSELECT login FROM members\n";

fn files() -> BTreeMap<String, String> {
    [
        ("controls/members.toml", CONTROL),
        ("frameworks/soc2.toml", FRAMEWORK),
        ("sources/github.toml", SOURCE),
        ("queries/members.toml", QUERY),
        ("queries/members.sql", FINDING),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into()
}

fn problems(change: impl FnOnce(&mut BTreeMap<String, String>)) -> Vec<Problem> {
    let mut files = files();
    change(&mut files);
    Catalog::read(files).err().map(|problems| problems.0).unwrap_or_default()
}

fn with(file: &'static str, old: &'static str, new: &'static str) -> impl FnOnce(&mut BTreeMap<String, String>) {
    move |files| {
        let text = files.get_mut(file).unwrap();
        assert!(text.contains(old), "{file} has no {old:?}");
        *text = text.replacen(old, new, 1);
    }
}

const SOURCE_FILE: &str = "sources/github.toml";
const QUERY_FILE: &str = "queries/members.toml";
const CONTROL_FILE: &str = "controls/members.toml";

#[test]
fn an_api_is_what_its_files_say() {
    let catalog = Catalog::read(files()).unwrap();
    let Access::Http(http) = &catalog.source(&"github".parse().unwrap()).unwrap().access else { panic!() };
    assert_eq!(http.limit.unwrap().interval().as_millis(), 200);
    assert!(
        matches!(&http.authentication, Some(Authentication::Bearer { secret }) if secret.as_str() == "github-token")
    );
    let query = catalog.source_query(&"members".parse().unwrap()).unwrap();
    let Question::Http(request) = &query.question else { panic!() };
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/orgs/{organisation}/members"));
    assert_eq!((&request.pages, &request.body), (&Pages::Link { at: None }, &RequestBody::Empty));
    let each = request.each.as_ref().unwrap();
    assert_eq!((each.into.as_str(), each.absent.as_slice()), ("detail", [404].as_slice()));
    assert_eq!(query.columns.first().unwrap().redact.as_deref(), Some("person"));
    let soc2 = catalog.framework(&"soc2".parse().unwrap()).unwrap();
    assert_eq!(soc2.reporting.as_ref().unwrap().critical_areas, ["access"]);
}

#[test]
fn what_an_api_must_not_be_is_told_with_its_line() {
    for (file, old, new, line, gist) in [
        (SOURCE_FILE, "https://api", "http://api", 4, "private = true"),
        (SOURCE_FILE, "https://api.github.com", "https://u:p@host", 4, "without user"),
        (SOURCE_FILE, "https://api.github.com", "file:///etc/passwd", 4, "write https://"),
        (SOURCE_FILE, "\"bearer\"", "\"kerberos\"", 7, "no scheme \"kerberos\""),
        (SOURCE_FILE, "\"github-token\"", "\"ghp_16C7e42F292c6912E7710c838347Ae178B4a\"", 8, "name of a secret"),
        (SOURCE_FILE, "requests = 5", "requests = 0", 11, "allow one"),
        (SOURCE_FILE, "\"second\"", "\"fortnight\"", 12, "fortnight"),
        (SOURCE_FILE, "organisation = ", "period = ", 15, "stands for a part of the period"),
        (QUERY_FILE, "/orgs/{organisation}", "orgs/{organisation}", 8, "begin with one /"),
        (QUERY_FILE, "/orgs/{organisation}", "/../{organisation}", 8, "begin with one /"),
        (QUERY_FILE, "{organisation}", "{organisation", 8, "is not closed"),
        (QUERY_FILE, "[request.parameters]", "method = \"DELETE\"\n[request.parameters]", 10, "no method that reads"),
        (QUERY_FILE, "\"link\"", "\"scroll\"", 14, "no pages of the kind \"scroll\""),
        (QUERY_FILE, "\"link\"", "\"cursor\"\ncursor = \"next\"", 13, "say as what the cursor is sent"),
        (QUERY_FILE, "kind = \"text\"", "kind = \"integer\"", 24, "can be redacted"),
        (
            QUERY_FILE,
            "[request.each]",
            "[request.headers]\nauthorization = \"x\"\n[request.each]",
            17,
            "cannot be a header",
        ),
        (
            QUERY_FILE,
            "[request.pages]",
            "[sql.text]\nsqlite = \"SELECT 1\"\n[request.pages]",
            13,
            "both [request] and [sql]",
        ),
    ] {
        let problems = problems(with(file, old, new));
        let blamed = problems.iter().any(|it| it.file == file && it.line == line && it.message.contains(gist));
        assert!(blamed, "{old:?} -> {new:?}: wanted {file}:{line} {gist:?}, got {problems:#?}");
    }
}

#[test]
fn a_query_that_cannot_be_put_to_its_source_is_the_controls_problem() {
    for (file, old, new, gist) in [
        (QUERY_FILE, "{organisation}", "{team}", "{team}"),
        (
            SOURCE_FILE,
            "collector = \"http\"\naddress = \"https://api.github.com\"\n\n[authentication]\nscheme = \"bearer\"\nsecret = \"github-token\"\n\n[limit]\nrequests = 5\nper = \"second\"\n\n[values]\norganisation = \"acme\"",
            "collector = \"aws\"\nregions = [\"eu-central-1\"]",
            "no [aws]",
        ),
    ] {
        let problems = problems(with(file, old, new));
        assert_eq!(problems.len(), 1, "{problems:#?}");
        let problem = problems.first().unwrap();
        assert!(problem.file == CONTROL_FILE && problem.line == 16 && problem.message.contains(gist), "{problem}");
    }
}

const DATABASE: &str = r#"id = "github"
title = "Payments"
collector = "sql"
engine = "postgresql"
address = "db.acme.example:5432/payments"

[authentication]
user = "exhibit"
secret = "payments-db"
"#;

const STATEMENT: &str = r#"name = "members"
version = 1
answers = "Who is a member?"

[sql]
timeout_seconds = 30

[sql.text]
postgresql = "SELECT rolname AS login FROM pg_roles"

[sql.parameters]
least = 3

[[column]]
name = "login"
kind = "text"
"#;

fn database(files: &mut BTreeMap<String, String>) {
    files.insert(SOURCE_FILE.to_owned(), DATABASE.to_owned());
    files.insert(QUERY_FILE.to_owned(), STATEMENT.to_owned());
}

#[test]
fn a_database_is_asked_by_a_statement_in_its_own_language() {
    let mut sound = files();
    database(&mut sound);
    let catalog = Catalog::read(sound).unwrap();
    let query = catalog.source_query(&"members".parse().unwrap()).unwrap();
    let Question::Sql(sql) = &query.question else { panic!() };
    assert_eq!((query.format, sql.timeout.as_secs()), (FileFormat::Rows, 30));
    assert!(sql.text.contains_key(&SqlEngine::Postgresql) && sql.parameters.contains_key("least"));
    for (file, old, new, line, gist) in [
        (SOURCE_FILE, "\"postgresql\"", "\"oracle\"", 4, "oracle"),
        (SOURCE_FILE, "\"postgresql\"", "\"mysql\"", 16, "statement for mysql"),
        (SOURCE_FILE, ":5432/payments", "", 5, "host:port/database"),
        (SOURCE_FILE, "\"payments-db\"", "\"p@ss word\"", 9, "name of a secret"),
        (QUERY_FILE, "timeout_seconds = 30", "timeout_seconds = 0", 6, "1 to 600 seconds"),
        (QUERY_FILE, "least = 3", "period_start = 3", 12, "the period's already"),
        (QUERY_FILE, "version = 1", "version = 1\nformat = \"csv\"", 3, "come as values"),
    ] {
        let problems = problems(|files| {
            database(files);
            with(file, old, new)(files);
        });
        let blamed = problems.iter().any(|it| it.line == line && it.message.contains(gist));
        assert!(blamed, "{old:?} -> {new:?}: wanted line {line} {gist:?}, got {problems:#?}");
    }
}

#[test]
fn queries_that_fill_one_table_have_the_same_columns() {
    let other = QUERY.replacen("members", "guests", 1).replacen("version", "table = \"members\"\nversion", 1);
    let catalog = {
        let mut files = files();
        files.insert("queries/guests.toml".to_owned(), other.clone());
        Catalog::read(files).unwrap()
    };
    assert_eq!(catalog.source_query(&"guests".parse().unwrap()).unwrap().table(), "members");
    let problems = problems(|files| {
        let renamed = other.replace("name = \"login\"", "name = \"account\"");
        files.insert("queries/guests.toml".to_owned(), renamed);
    });
    assert!(problems.iter().any(|it| it.file == "queries/guests.toml" && it.line == 2), "{problems:#?}");
}

#[test]
fn a_control_whose_source_is_not_in_scope_is_not_operated() {
    let mut files = files();
    files.insert("scope.toml".to_owned(), "sources = []\n".to_owned());
    let catalog = Catalog::read(files).unwrap();
    assert_eq!((catalog.controls().count(), catalog.all_controls().count()), (0, 1));
    assert!(catalog.control(&"members".parse().unwrap()).is_none() && catalog.commitments().is_empty());
    let problems = problems(|files| {
        files.insert("scope.toml".to_owned(), "sources = [\"gitlab\"]\n".to_owned());
    });
    assert!(problems.iter().any(|it| it.file == "scope.toml" && it.message.contains("gitlab")), "{problems:#?}");
}

const CASES: &str = r#"[[case]]
name = "a member"
period = "2026-07-01"

[[case.evidence]]
query = "members"
period = "2026-07-01"
rows = [{ login = "ana" }]

[[case.row]]
subject = "ana"
outcome = "pass"
"#;

#[test]
fn cases_are_read_and_are_no_part_of_what_a_report_rests_on() {
    let plain = Catalog::read(files()).unwrap().digest();
    let mut tried = files();
    tried.insert("cases/members.toml".to_owned(), CASES.to_owned());
    let catalog = Catalog::read(tried).unwrap();
    assert_eq!((catalog.cases().len(), catalog.digest()), (1, plain));
    for (old, new, line, gist) in [
        ("login = \"ana\"", "name = \"ana\"", 8, "no column \"name\""),
        ("\"2026-07-01\"\n\n", "\"July\"\n\n", 3, "July"),
        ("\"pass\"", "\"good\"", 12, "good"),
        ("query = \"members\"", "query = \"nothing\"", 6, "no query to a source"),
    ] {
        let problems = problems(|files| {
            assert!(CASES.contains(old));
            files.insert("cases/members.toml".to_owned(), CASES.replacen(old, new, 1));
        });
        let blamed = problems.iter().any(|it| it.line == line && it.message.contains(gist));
        assert!(blamed, "{old:?} -> {new:?}: wanted line {line} {gist:?}, got {problems:#?}");
    }
}
