//! One name runs through, and no name says nothing.

use crate::{none, tree};

/// Names that gather whatever has no place.
const EMPTY_NAMES: [&str; 9] =
    ["utils", "util", "helpers", "helper", "manager", "managers", "common", "models", "misc"];

fn empty_name_fault(path: &str) -> Option<String> {
    let name = path.rsplit('/').next()?;
    let stem = name.split('.').next()?.to_lowercase();
    EMPTY_NAMES.contains(&stem.as_str()).then(|| format!("{path} says nothing about what is in it: name it for that"))
}

fn crate_name_faults(folder: &str, package: &str, library: Option<&str>) -> Vec<String> {
    let mut faults = Vec::new();
    if package != folder {
        faults.push(format!("the folder {folder} holds the package {package}: one name runs through"));
    }
    if let Some(library) = library.filter(|library| *library != folder.replace('-', "_")) {
        faults.push(format!("the folder {folder} holds the library {library}: one name runs through"));
    }
    faults
}

#[test]
fn no_file_or_folder_has_an_empty_name() {
    none(tree::paths().iter().filter_map(|path| empty_name_fault(path)).collect());
}

#[test]
fn folder_package_and_library_have_one_name() {
    let crates = tree::crates().into_iter().filter(|each| each.folder.contains('/'));
    let faults = |each: tree::Crate| {
        let library = each.manifest.get("lib").and_then(|lib| lib.get("name")).and_then(toml::Value::as_str);
        crate_name_faults(each.folder_name(), each.name(), library)
    };
    none(crates.flat_map(faults).collect());
}

#[test]
fn an_empty_name_is_seen() {
    for path in ["shared/utils", "cli/src/Helpers.rs", "tests/common", "shared/x/src/models.rs"] {
        assert!(empty_name_fault(path).is_some(), "{path}");
    }
    assert!(empty_name_fault("catalog/controls/secrets-manager-rotation.toml").is_none());
}

#[test]
fn a_crate_of_another_name_than_its_folder_is_seen() {
    assert_eq!(crate_name_faults("collect-files", "collect-files", None).len(), 0);
    assert_eq!(crate_name_faults("collect-files", "collect-files", Some("collect_files")).len(), 0);
    assert_eq!(crate_name_faults("collect-files", "collector", Some("files")).len(), 2);
}
