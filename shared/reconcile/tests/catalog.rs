//! The shipped catalog: every control's finding query judges its cases as they say, and they show each outcome.
#![cfg(test)]

use catalog::Catalog;
use std::{collections::BTreeMap, fs, path::Path};

fn gather(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

fn shipped() -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let mut files = BTreeMap::new();
    gather(&root, &root, &mut files);
    Catalog::read(files).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn every_finding_query_of_the_shipped_catalog_judges_its_cases_and_shows_each_outcome() {
    let catalog = shipped();
    let problems = reconcile::check(&catalog);
    assert!(problems.is_empty(), "{}", catalog::Problems::new(problems));
    let workspace = tempfile::tempdir().unwrap();
    let tried = reconcile::try_cases(&catalog, workspace.path());
    let wrong: Vec<String> = tried
        .iter()
        .flat_map(|one| one.problems.iter().map(move |problem| format!("{}: {problem}", one.finding)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let cases: usize = tried.iter().map(|one| one.cases).sum();
    println!("{} controls, {} finding queries, {cases} cases", catalog.all_controls().count(), tried.len());
    assert!(catalog.all_controls().count() >= 80);
}
