#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use super::*;
use crate::{Access, CellPath, Collection, RowPath};
use domain::{FrameworkId, Slot, TenantId};

const FRAMEWORK: &str = r#"id = "soc2"
title = "SOC 2"
version = "2017"
source = "AICPA TSP section 100"

[[requirement]]
id = "CC6.1"
title = "Access to systems is restricted"

[[requirement]]
id = "CC6.2"
title = "People are registered before they get access"
"#;

const CONTROL: &str = r#"id = "access-mfa"
title = "Second factor on every sign-in"
description = "Every person signs in with two factors."
severity = "critical"
schedule = "cron(0 3 * * ? *)"
period = "day"
retention = "seven-years"
finding = "access-mfa"
remediation = "Enrol a second factor."

[satisfies]
soc2 = ["CC6.1",
        "CC6.2"]

[[collect]]
source = "aws-iam"
query = "iam-users"

[[collect]]
source = "directory"
query = "iam-users"
"#;

const SOURCE: &str = r#"id = "aws-iam"
title = "AWS IAM"
collector = "files"
files = ["aws-iam/credential-report-{last_day}.csv",
         "aws-iam/{period}/*.csv"]
"#;

const QUERY: &str = r#"name = "iam-users"
version = 1
answers = "Who can sign in, and how?"
format = "json"
rows = "Accounts[].Users[]"
null = ["N/A"]

[[column]]
name = "user_name"
kind = "text"
from = "UserName"

[[column]]
name = "account"
kind = "text"
from = "^.Id"
required = false
"#;

const FINDING: &str = "-- name: access-mfa
-- version: 1
-- answers: Which people sign in without a second factor?

SELECT user_name AS subject FROM iam_users
";

const FILES: [(&str, &str); 7] = [
    ("README.md", "What is here."),
    ("controls/access-mfa.toml", CONTROL),
    ("frameworks/soc2.toml", FRAMEWORK),
    ("queries/access-mfa.sql", FINDING),
    ("queries/iam-users.toml", QUERY),
    ("sources/aws-iam.toml", SOURCE),
    ("templates/report.typ", "= Report"),
];

fn files() -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> =
        FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    files.insert("sources/directory.toml".to_owned(), SOURCE.replace("aws-iam\"\n", "directory\"\n"));
    files
}

fn sound() -> Catalog {
    Catalog::read(files()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The problems after `old` was replaced by `new` in `file`.
fn broken(file: &str, old: &str, new: &str) -> Vec<Problem> {
    let mut files = files();
    let text = files.get(file).unwrap();
    assert!(text.contains(old), "{file} has no {old:?}");
    let text = text.replacen(old, new, 1);
    files.insert(file.to_owned(), text);
    match Catalog::read(files) {
        Ok(_) => panic!("{file}: {old:?} -> {new:?} was accepted"),
        Err(problems) => problems.0,
    }
}

const CONTROL_FILE: &str = "controls/access-mfa.toml";
const FRAMEWORK_FILE: &str = "frameworks/soc2.toml";
const SOURCE_FILE: &str = "sources/aws-iam.toml";
const QUERY_FILE: &str = "queries/iam-users.toml";
const FINDING_FILE: &str = "queries/access-mfa.sql";

/// File, what stands there, what stands there instead, the line that is blamed, and the gist of why.
type Broken = (&'static str, &'static str, &'static str, usize, &'static str);

fn each_is_blamed(cases: &[Broken]) {
    for (file, old, new, line, gist) in cases {
        let problems = broken(file, old, new);
        let blamed = problems.iter().any(|it| it.file == *file && it.line == *line && it.message.contains(gist));
        assert!(blamed, "{file}: {old:?} -> {new:?}: wanted line {line}, {gist:?}; got\n{}", Problems(problems));
        assert_eq!(problems.len(), 1, "one mistake is told once\n{}", Problems(problems));
    }
}

#[test]
fn a_broken_control_is_told_with_its_line() {
    each_is_blamed(&[
        (CONTROL_FILE, "severity = \"critical\"", "severity = ", 4, "string values must be quoted"),
        (CONTROL_FILE, "period = \"day\"", "period = \"day\"\nowner = \"ana\"", 7, "no member \"owner\""),
        (CONTROL_FILE, "\"access-mfa\"\ntitle", "\"access-keys\"\ntitle", 1, "its file says \"access-mfa\""),
        (CONTROL_FILE, "\"access-mfa\"\ntitle", "\"Access\"\ntitle", 1, "is not a control id"),
        (CONTROL_FILE, "title = \"Second factor on every sign-in\"\n", "", 1, "\"title\" is missing"),
        (CONTROL_FILE, "\"Enrol a second factor.\"", "\" \"", 9, "says nothing"),
        (CONTROL_FILE, "\"critical\"", "\"urgent\"", 4, "unknown variant `urgent`"),
        (CONTROL_FILE, "\"critical\"", "4", 4, "\"severity\" cannot be read"),
        (CONTROL_FILE, "\"day\"", "\"fortnight\"", 6, "unknown variant `fortnight`"),
        (CONTROL_FILE, "\"seven-years\"", "\"forever\"", 7, "unknown variant `forever`"),
        (CONTROL_FILE, "* * ? *", "* * * *", 5, "has to be ?"),
        (CONTROL_FILE, "0 3 *", "0 25 *", 5, "hours"),
        (CONTROL_FILE, "finding = \"access-mfa\"", "finding = \"nobody\"", 8, "no finding query \"nobody\""),
        (CONTROL_FILE, "soc2 = [", "soc3 = [", 12, "no framework \"soc3\""),
        (CONTROL_FILE, "\"CC6.2\"", "\"CC9.9\"", 13, "\"CC9.9\" is no requirement of soc2"),
        (CONTROL_FILE, "\"CC6.2\"", "\"CC6.1\"", 13, "named twice"),
        (CONTROL_FILE, "[\"CC6.1\",\n        \"CC6.2\"]", "[]", 12, "no requirement of soc2 is named"),
        (CONTROL_FILE, "soc2 = [\"CC6.1\",\n        \"CC6.2\"]\n", "", 11, "names no framework"),
        (CONTROL_FILE, "\"directory\"", "\"nowhere\"", 20, "no source \"nowhere\""),
        (CONTROL_FILE, "\"directory\"", "\"aws-iam\"", 20, "asked twice"),
        (CONTROL_FILE, "query = \"iam-users\"\n\n", "query = \"nothing\"\n\n", 17, "no query to a source \"nothing\""),
        (CONTROL_FILE, "query = \"iam-users\"\n\n", "\n", 15, "\"query\" is missing"),
        (CONTROL_FILE, &CONTROL[CONTROL.find("[[collect]]").unwrap()..], "", 1, "there is no [[collect]]"),
    ]);
}

#[test]
fn a_broken_framework_or_source_is_told_with_its_line() {
    each_is_blamed(&[
        (
            FRAMEWORK_FILE,
            "[[requirement]]",
            "[[requirement]]\nid = \"CC6.2\"\ntitle = \"x\"\n[[requirement]]",
            14,
            "there twice",
        ),
        (FRAMEWORK_FILE, "id = \"soc2\"", "id = \"soc-2\"", 1, "its file says \"soc2\""),
        (FRAMEWORK_FILE, "id = \"CC6.2\"", "id = \"CC6 2\"", 11, "not a requirement id"),
        (FRAMEWORK_FILE, "title = \"People", "name = \"\"\ntitle = \"People", 12, "no member \"name\""),
        (SOURCE_FILE, "\"files\"", "\"carrier-pigeon\"", 3, "no collector \"carrier-pigeon\""),
        (SOURCE_FILE, "{period}", "{yesterday}", 5, "no placeholder {yesterday}"),
        (SOURCE_FILE, "{period}", "{period", 5, "not closed"),
        (SOURCE_FILE, "{period}", "period}", 5, "closes nothing"),
        (SOURCE_FILE, "aws-iam/{period}", "../{period}", 5, "no .."),
        (SOURCE_FILE, "aws-iam/{period}", "/etc/{period}", 5, "relative"),
        (SOURCE_FILE, "aws-iam/{period}", "c:/{period}", 5, "relative"),
        (SOURCE_FILE, "aws-iam/{period}", "a//{period}", 5, "empty part"),
        (SOURCE_FILE, "*.csv", "[a-z].csv", 5, "only * and ?"),
        (SOURCE_FILE, "aws-iam/{period}/*.csv", "aws-iam/credential-report-{last_day}.csv", 5, "there twice"),
        (SOURCE_FILE, "title = \"AWS IAM\"", "title = \"AWS IAM\"\nurl = \"\"", 3, "no member \"url\""),
    ]);
    each_is_blamed(&[(SOURCE_FILE, &SOURCE[SOURCE.find("[").unwrap()..], "[]\n", 4, "is empty")]);
}

#[test]
fn a_broken_query_is_told_with_its_line() {
    each_is_blamed(&[
        (QUERY_FILE, "\"user_name\"", "\"UserName\"", 9, "not a column name"),
        (QUERY_FILE, "\"user_name\"", "\"2nd\"", 9, "not a column name"),
        (QUERY_FILE, "\"user_name\"", "\"row_number\"", 9, "already"),
        (QUERY_FILE, "\"user_name\"", "\"account\"", 14, "there twice"),
        (QUERY_FILE, "kind = \"text\"", "kind = \"date\"", 10, "unknown variant `date`"),
        (QUERY_FILE, "\"UserName\"", "\"User..Name\"", 11, "not a cell path"),
        (QUERY_FILE, "\"^.Id\"", "\"^^^.Id\"", 16, "goes up 3 arrays"),
        (QUERY_FILE, "Users[]", "Users[0]", 5, "not a row path"),
        (QUERY_FILE, "format = \"json\"", "format = \"csv\"", 5, "no row path"),
        (QUERY_FILE, "format = \"json\"", "format = \"xml\"", 4, "unknown variant `xml`"),
        (QUERY_FILE, "version = 1", "version = 0", 2, "counted from 1"),
        (QUERY_FILE, "required = false", "required = \"no\"", 17, "\"required\" cannot be read"),
        (
            QUERY_FILE,
            "[[column]]\nname = \"user_name\"",
            "[[column]]\nnamed = 1\nname = \"user_name\"",
            9,
            "no member \"named\"",
        ),
        (FINDING_FILE, "-- name: access-mfa\n", "", 1, "-- name: ..."),
        (FINDING_FILE, "-- version: 1\n", "", 1, "-- version: ..."),
        (FINDING_FILE, "-- version: 1", "-- version: one", 2, "not a version"),
        (FINDING_FILE, "Which people sign in without a second factor?", "", 3, "-- answers: ..."),
        (FINDING_FILE, "name: access-mfa", "name: access-keys", 1, "its file says \"access-mfa\""),
        (FINDING_FILE, "-- version: 1\n", "-- version: 1\n-- version: 2\n", 3, "twice"),
        (FINDING_FILE, "SELECT user_name AS subject FROM iam_users\n", "", 5, "no SELECT"),
    ]);
}

#[test]
fn a_control_or_framework_must_not_take_the_name_of_a_folder_of_the_store() {
    for name in ["catalogs", "evidence", "handed-out", "outbox", "reports", "runs", "snapshots"] {
        let mut files = files();
        files.insert(format!("controls/{name}.toml"), CONTROL.replacen("access-mfa", name, 1));
        files.insert(format!("frameworks/{name}.toml"), FRAMEWORK.replacen("soc2", name, 1));
        let Err(Problems(problems)) = Catalog::read(files) else { panic!("{name} was accepted") };
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        for (folder, problem) in ["controls", "frameworks"].into_iter().zip(told) {
            let start = format!("{folder}/{name}.toml:1: the name {name:?} is taken");
            assert!(problem.starts_with(&start), "{problem}");
        }
    }
}

#[test]
fn a_query_must_not_take_the_name_of_the_evidence_table() {
    let mut files = files();
    files.insert("queries/evidence.toml".to_owned(), QUERY.replacen("iam-users", "evidence", 1));
    let problems = Catalog::read(files).unwrap_err();
    assert_eq!(problems.0.len(), 1, "{problems}");
    assert!(problems.to_string().starts_with("queries/evidence.toml:1: \"evidence\" cannot name"), "{problems}");
}

#[test]
fn every_problem_of_every_file_is_told_at_once_by_file_and_line() {
    let mut files = files();
    files.insert(CONTROL_FILE.to_owned(), CONTROL.replace("\"day\"", "\"fortnight\"").replace("\"CC6.2\"", "\"X\""));
    files.insert(SOURCE_FILE.to_owned(), SOURCE.replace("{period}", "..").replace("AWS IAM", ""));
    files.insert("controls/old/notes.txt".to_owned(), String::new());
    let problems = Catalog::read(files).unwrap_err();
    let places: Vec<_> = problems.0.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
    let expected =
        [(CONTROL_FILE, 6), (CONTROL_FILE, 13), ("controls/old/notes.txt", 1), (SOURCE_FILE, 2), (SOURCE_FILE, 5)];
    assert_eq!(places, expected, "{problems}");
}

#[test]
fn a_framework_that_cannot_be_read_is_blamed_itself_and_not_those_who_name_it() {
    let problems = broken(FRAMEWORK_FILE, "title = \"SOC 2\"", "title = ");
    assert!(problems.iter().all(|problem| problem.file == FRAMEWORK_FILE), "{}", Problems(problems));
}

#[test]
fn a_sound_catalog_says_what_its_files_say() {
    let catalog = sound();
    let control = catalog.controls().next().unwrap();
    let named = |source: &str| Collection { source: source.parse().unwrap(), query: "iam-users".parse().unwrap() };
    assert_eq!(control.collect, [named("aws-iam"), named("directory")]);
    let query = catalog.source_query(&"iam-users".parse().unwrap()).unwrap();
    assert_eq!(
        (query.table().as_str(), query.rows.clone()),
        ("iam_users", "Accounts[].Users[]".parse::<RowPath>().ok())
    );
    let account = query.columns.last().unwrap();
    assert_eq!(account.from.parse::<CellPath>().unwrap().up, 1);
    assert!(!account.required && query.columns.first().unwrap().required);
    let Access::Files { files } = &catalog.source(&"aws-iam".parse().unwrap()).unwrap().access else { panic!() };
    assert_eq!(files.len(), 2);
    let soc2: FrameworkId = "soc2".parse().unwrap();
    assert_eq!(catalog.controls_for(&soc2).count(), 1);
    assert_eq!(catalog.controls_for(&"hipaa".parse().unwrap()).count(), 0);
    assert_eq!(catalog.templates().keys().collect::<Vec<_>>(), ["templates/report.typ"]);
}

#[test]
fn the_slots_of_a_control_are_its_periods_times_its_sources() {
    let catalog = sound();
    let control = catalog.controls().next().unwrap();
    let tenant = TenantId::new("acme").unwrap();
    let slots = catalog.slots(&tenant, control, &"2026-07".parse().unwrap()).unwrap();
    let ids: Vec<String> = slots.iter().map(|slot| slot.evidence_id().to_string()).collect();
    assert_eq!(ids.len(), 62);
    assert!(ids.is_sorted());
    assert_eq!(ids.first().unwrap(), "access-mfa.aws-iam.2026-07-01");
    assert_eq!(ids.last().unwrap(), "access-mfa.directory.2026-07-31");
    assert_eq!(catalog.slots(&tenant, control, &"2026-07-01T03".parse().unwrap()).unwrap(), Vec::<Slot>::new());
}

#[test]
fn an_archive_reads_back_to_the_same_catalog_and_digest() {
    let catalog = sound();
    let archive = catalog.archive();
    let again = Catalog::from_archive(&archive).unwrap();
    assert_eq!((&again, again.archive(), again.digest()), (&catalog, archive.clone(), catalog.digest()));
    assert_eq!(again.templates_digest(), catalog.templates_digest());
    let text = String::from_utf8(archive).unwrap();
    assert!(text.starts_with(r#"{"files":{"README.md":"#) && text.ends_with(r#""format":"exhibit/catalog/v1"}"#));
}

#[test]
fn an_archive_that_is_none_or_holds_a_broken_catalog_is_refused() {
    assert!(Catalog::from_archive(b"[]").is_err());
    assert!(
        Catalog::from_archive(br#"{"files":{},"format":"exhibit/catalog/v2"}"#).unwrap_err().to_string().contains("v2")
    );
    let broken = br#"{"files":{"controls/x.toml":"id = 1"},"format":"exhibit/catalog/v1"}"#;
    assert!(Catalog::from_archive(broken).unwrap_err().to_string().starts_with("controls/x.toml:1: "));
}

#[test]
fn one_changed_letter_changes_the_digest() {
    let mut files = files();
    files.insert("templates/report.typ".to_owned(), "= report".to_owned());
    let other = Catalog::read(files).unwrap();
    assert_ne!(other.digest(), sound().digest());
    assert_ne!(other.templates_digest(), sound().templates_digest());
}
