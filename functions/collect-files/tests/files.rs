//! Finding and reading files: what patterns mean, and that nothing outside the root is reachable.
#![cfg(test)]

use collect_files::Files;
use collecting::CollectError;
use domain::Failure;
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

fn put(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn find(root: &Path, patterns: &[&str], period: &str) -> Result<Vec<String>, CollectError> {
    let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    Files::directory(root).find(&patterns, &period.parse().unwrap())
}

#[test]
fn patterns_mean_the_files_of_the_period() {
    let root = tempfile::tempdir().unwrap();
    for day in 1..=7 {
        put(root.path(), &format!("logs/2026-06-0{day}/b.json"), "");
        put(root.path(), &format!("logs/2026-06-0{day}/a.json"), "");
    }
    put(root.path(), "report-2026-06-07.csv", "");
    put(root.path(), "2026-W23.csv", "");
    let week = "2026-W23";
    assert_eq!(
        find(root.path(), &["report-{last_day}.csv", "{period}.csv"], week).unwrap(),
        ["2026-W23.csv", "report-2026-06-07.csv"]
    );
    let each = find(root.path(), &["logs/{each_day}/*.json", "logs/2026-06-0?/a.json"], week).unwrap();
    assert_eq!(each.len(), 14);
    assert_eq!((each[0].as_str(), each[13].as_str()), ("logs/2026-06-01/a.json", "logs/2026-06-07/b.json"));
    assert_eq!(find(root.path(), &["**/b.json"], week).unwrap().len(), 7);
    assert_eq!(find(root.path(), &["logs/2026-06-01/*"], "2026-06-01T05").unwrap().len(), 2);
    assert_eq!(find(root.path(), &["logs/{last_day}/a.json"], "2026-06-01T23").unwrap(), ["logs/2026-06-01/a.json"]);
}

#[test]
fn each_pattern_for_each_day_has_to_match() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "logs/2026-06-01.json", "");
    for (pattern, missing) in
        [("logs/{each_day}.json", "logs/2026-06-02.json"), ("*.json", "*.json"), ("no/*/x", "no/*/x")]
    {
        let error = find(root.path(), &[pattern], "2026-W23").unwrap_err();
        assert!(matches!(&error, CollectError::NoMatch { pattern } if pattern == missing), "{error}");
        assert_eq!(error.failure(), Failure::SourceUnavailable);
    }
    let error = find(Path::new("/nonexistent-root"), &["*"], "2026").unwrap_err();
    assert_eq!(error.failure(), Failure::SourceUnavailable, "{error}");
}

#[test]
fn no_pattern_and_no_name_leads_outside() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "in/a.csv", "a\n1\n");
    for pattern in ["../x", "/etc/passwd", "a/../../x", "./a", "a//b", "a\\b", "{each_dya}.csv", "in/[", "", "in/\0"] {
        let error = find(root.path(), &[pattern], "2026").unwrap_err();
        assert!(matches!(error, CollectError::Pattern { .. }), "{pattern:?}: {error}");
        assert_eq!(error.failure(), Failure::InvalidInput);
    }
    let files = Files::directory(root.path());
    assert_eq!(files.read("in/a.csv").unwrap(), b"a\n1\n");
    for name in ["../x", "/etc/passwd", "in/../../etc/passwd", "in/../in/a.csv"] {
        assert!(matches!(files.read(name), Err(CollectError::Outside { .. })), "{name:?}");
    }
    assert_eq!(files.read("in/none.csv").unwrap_err().failure(), Failure::SourceUnavailable);
    assert!(matches!(files.read("in"), Err(CollectError::NotAFile { .. })));
}

#[test]
fn links_that_lead_outside_are_refused_and_links_to_folders_not_followed() {
    let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    put(root.path(), "in/a.csv", "inside");
    put(outside.path(), "secret.csv", "outside");
    symlink(root.path().join("in/a.csv"), root.path().join("in/same.csv")).unwrap();
    symlink(root.path().join("in"), root.path().join("loop")).unwrap();
    assert_eq!(find(root.path(), &["**/*.csv"], "2026").unwrap(), ["in/a.csv", "in/same.csv"]);
    assert_eq!(Files::directory(root.path()).read("in/same.csv").unwrap(), b"inside");
    symlink(outside.path().join("secret.csv"), root.path().join("in/out.csv")).unwrap();
    symlink(outside.path(), root.path().join("out")).unwrap();
    for pattern in ["in/*.csv", "in/out.csv", "out/secret.csv", "out/*.csv"] {
        let error = find(root.path(), &[pattern], "2026").unwrap_err();
        assert!(matches!(error, CollectError::Outside { .. }), "{pattern}: {error}");
    }
    for name in ["in/out.csv", "out/secret.csv"] {
        assert!(matches!(Files::directory(root.path()).read(name), Err(CollectError::Outside { .. })), "{name}");
    }
}

#[test]
fn what_may_not_be_read_is_denied() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a.csv", "x");
    fs::set_permissions(root.path().join("a.csv"), fs::Permissions::from_mode(0o000)).unwrap();
    match Files::directory(root.path()).read("a.csv") {
        Ok(_) => println!("skipped: this user may read everything"),
        Err(error) => assert_eq!(error.failure(), Failure::SourceDenied, "{error}"),
    }
}

#[test]
fn the_files_of_a_slot_have_a_size_limit_together() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a", "12345");
    put(root.path(), "b", "12345");
    let names = ["a".to_owned(), "b".to_owned()];
    assert_eq!(Files::directory(root.path()).read_all(&names, 10).unwrap().len(), 2);
    let error = Files::directory(root.path()).read_all(&names, 9).unwrap_err();
    assert_eq!(error.failure(), Failure::InvalidInput);
    assert!(
        error.to_string().starts_with("\"b\" is too large: the files of one slot may have 9 bytes together"),
        "{error}"
    );
}
