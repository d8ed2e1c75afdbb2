//! What is written down is there, and where it says it is.

use crate::{none, tree};
use std::collections::{BTreeMap, BTreeSet};

fn readme_faults(folder: &str, readme: &str, crate_root: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if readme.trim().is_empty() {
        faults.push(format!("{folder} has no README.md"));
    }
    if !crate_root.contains("#![doc = include_str!(\"../README.md\")]") {
        faults.push(format!(
            "{folder}: README.md is not the crate's documentation (#![doc = include_str!(\"../README.md\")])"
        ));
    }
    faults
}

fn decision_faults(names: &[String]) -> Vec<String> {
    let number = |name: &str| -> Option<String> {
        let (number, rest) = name.split_once('-')?;
        let right = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
        (right && rest.ends_with(".md")).then(|| number.to_owned())
    };
    let mut seen = BTreeMap::new();
    let mut faults = Vec::new();
    for name in names {
        match number(name) {
            None => faults.push(format!("docs/decisions/{name} is not named NNNN-what-was-decided.md")),
            Some(number) => faults.extend(
                seen.insert(number, name).map(|other| format!("docs/decisions/{name} has the number of {other}")),
            ),
        }
    }
    faults
}

/// Every `exhibit/<name>/v<n>` that stands as a whole string literal.
fn formats(text: &str) -> BTreeSet<String> {
    let literals = text.split('"').skip(1);
    literals.filter(|literal| format_name(literal).is_some()).map(str::to_owned).collect()
}

fn format_name(literal: &str) -> Option<&str> {
    let (name, version) = literal.strip_prefix("exhibit/")?.split_once("/v")?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    (is_name && is_version).then_some(name)
}

fn format_fault(format: &str, document: &str) -> Option<String> {
    let name = format_name(format)?;
    (!document.contains(format)).then(|| format!("docs/formats/{name}.md does not specify {format}"))
}

fn absent_words(words: &[String], glossary: &str) -> Vec<String> {
    let absent = words.iter().filter(|word| !glossary.contains(&format!("`{word}`")));
    absent.map(|word| format!("docs/glossary.md does not explain `{word}`")).collect()
}

fn absent_commands(readme: &str) -> Vec<String> {
    let commands = ["cargo run --release -p exhibit -- demo", "cargo xtask test"];
    let absent = commands.iter().filter(|command| !readme.lines().any(|line| line.trim() == **command));
    absent.map(|command| format!("README.md has no line `{command}`")).collect()
}

#[test]
fn every_crate_has_a_readme_that_is_its_documentation() {
    let crate_root = |folder: &str| match tree::read(&format!("{folder}/src/lib.rs")) {
        text if text.is_empty() => tree::read(&format!("{folder}/src/main.rs")),
        text => text,
    };
    let faults = |each: &tree::Crate| {
        readme_faults(&each.folder, &tree::read(&format!("{}/README.md", each.folder)), &crate_root(&each.folder))
    };
    none(tree::crates().iter().flat_map(faults).collect());
}

#[test]
fn every_decision_has_a_number_of_its_own() {
    none(decision_faults(&tree::names_in("docs/decisions")));
}

#[test]
fn every_durable_format_is_specified() {
    let product = tree::rust_files().into_iter().filter(|file| !crate::shape::is_test_file(&file.path));
    let found: BTreeSet<String> = product.flat_map(|file| formats(&file.text)).collect();
    assert!(found.len() >= 4, "only {found:?} were found");
    let document = |format: &str| tree::read(&format!("docs/formats/{}.md", format_name(format).unwrap()));
    none(found.iter().filter_map(|format| format_fault(format, &document(format))).collect());
}

#[test]
fn the_glossary_explains_every_failure_outcome_and_retention() {
    let outcomes = ["pass", "partial", "fail", "not_evaluated"];
    for outcome in outcomes {
        serde_json::from_str::<domain::Outcome>(&format!("{outcome:?}")).unwrap();
    }
    let failures = domain::Failure::ALL.map(|failure| failure.name().to_owned());
    let words: Vec<String> = outcomes.map(str::to_owned).into_iter().chain(failures).collect();
    none(absent_words(&words, &tree::read("docs/glossary.md")));
}

#[test]
fn the_readme_gives_both_commands() {
    none(absent_commands(&tree::read("README.md")));
}

#[test]
fn ci_runs_the_command_of_the_readme() {
    let script = tree::read(".ci/run");
    assert!(script.contains("set -euo pipefail") && script.contains("cargo xtask test"), "{script}");
}

#[test]
fn a_crate_without_a_readme_is_seen() {
    assert_eq!(readme_faults("x", "# x", "#![doc = include_str!(\"../README.md\")]").len(), 0);
    assert_eq!(readme_faults("x", "# x", "//! x").len(), 1);
    assert_eq!(readme_faults("x", "", "").len(), 2);
}

#[test]
fn a_decision_without_a_number_or_with_a_used_one_is_seen() {
    let names = ["0001-one.md", "0002-two.md", "0002-again.md", "three.md", "04-four.md"].map(str::to_owned);
    assert_eq!(decision_faults(&names).len(), 3);
}

#[test]
fn a_format_without_a_document_is_seen() {
    let found = formats("const A: &str = \"exhibit/evidence/v1\"; // \"exhibit/<name>/v1\"\nlet b = \"exhibit/leaf\";");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["exhibit/evidence/v1"]);
    assert!(format_fault("exhibit/evidence/v1", "").is_some());
    assert!(format_fault("exhibit/evidence/v1", "`exhibit/evidence/v1` is …").is_none());
}

#[test]
fn a_word_or_a_command_that_is_not_explained_is_seen() {
    assert_eq!(absent_words(&["pass".to_owned(), "fail".to_owned()], "| `pass` | … |").len(), 1);
    assert_eq!(absent_commands("cargo xtask test\n").len(), 1);
}
