use super::fixture::*;
use crate::check;
use catalog::Catalog;
use std::{collections::BTreeMap, path::Path};

#[test]
fn a_sound_catalog_has_no_problem() {
    assert_eq!(check(&catalog()), []);
}

#[test]
fn a_broken_finding_query_is_told_with_file_and_line() {
    for (from, to, line, gist) in [
        ("person || ' has", "persona || ' has", 6, "no such column: persona"),
        ("FROM sign_ins", "FROM sign_outs", 9, "no such table: sign_outs"),
        ("sum(attempts)", "sum(attempts, 1)", 8, "wrong number of arguments"),
        ("sum(attempts)", "random()", 8, "must not call random()"),
        ("sum(attempts)", "CURRENT_DATE", 8, "must not ask for the time"),
        ("'fail' END AS outcome", "'fail' END AS result", 4, "does not give outcome"),
        (":period_end", ":period_stop", 10, "there is no parameter :period_stop"),
        ("GROUP BY person", "GROUP BY person;\nSELECT 1", 4, "more than one statement"),
        ("GROUP BY person", "GROUP person", 11, "syntax error"),
        ("min(second_factor) = 1 THEN 'pass'", "min(\"yes\") = 1 THEN 'pass'", 5, "no such column"),
        ("FROM sign_ins", "FROM main.sign_ins", 9, "no such table"),
    ] {
        assert!(FINDING.contains(from), "{from}");
        let problems = check(&catalog_with(&FINDING.replacen(from, to, 1)));
        let [problem] = problems.as_slice() else { panic!("{to}: {problems:?}") };
        assert!(problem.file == "queries/access-mfa.sql" && problem.message.contains(gist), "{to}: {problem}");
        assert_eq!(problem.line, line, "{to}: {problem}");
    }
}

#[test]
fn a_query_is_checked_for_each_control_that_uses_it() {
    // The control "other" asks no source for people.
    let query = FINDING.replace("WHERE", "WHERE person IN (SELECT person FROM people) AND");
    let problems = check(&catalog_with(&query));
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!(problem.to_string(), "queries/access-mfa.sql:10: no such table: people");
}

#[test]
fn the_catalog_that_is_shipped_has_no_problem() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let mut files = BTreeMap::new();
    for folder in ["frameworks", "controls", "sources", "queries", "templates"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.insert(format!("{folder}/{name}"), std::fs::read_to_string(&path).unwrap());
        }
    }
    let catalog = Catalog::read(files).unwrap_or_else(|problems| panic!("{problems}"));
    let problems: Vec<String> = check(&catalog).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
