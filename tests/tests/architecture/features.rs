//! The demo and the tests build the same dependencies: a newcomer compiles each once, and a feature that a test switches
//! on in a shared dependency cannot change what the product does (a back end of flate2 once changed the bytes of PDFs).

use crate::{none, tree};
use std::{collections::BTreeSet, process::Command};

/// `name version [features]` of each dependency in `selection`, one per line; those of the workspace left out.
fn dependencies(selection: &[&str]) -> BTreeSet<String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["tree", "--locked", "--offline", "--prefix", "none", "--format", "{p} [{f}]"]).args(selection);
    let answer = cargo.current_dir(tree::root()).output().unwrap();
    assert!(answer.status.success(), "cargo tree: {}", String::from_utf8_lossy(&answer.stderr));
    lines(&String::from_utf8_lossy(&answer.stdout))
}

fn lines(tree: &str) -> BTreeSet<String> {
    let plain = tree.lines().map(|line| line.trim_end_matches(" (*)").replace(" (proc-macro)", ""));
    plain.filter(|line| !line.is_empty() && !line.contains(" (/")).collect()
}

/// Dependencies of the product that the whole workspace has with other features.
fn differences(product: &BTreeSet<String>, workspace: &BTreeSet<String>) -> Vec<String> {
    let package = |line: &str| line.split(" [").next().unwrap_or_default().to_owned();
    let other =
        |line: &&String| workspace.iter().filter(|other| package(other) == package(line)).cloned().collect::<Vec<_>>();
    let different = product.difference(workspace);
    different.map(|line| format!("{line} of the product is {} among the tests: give both the same features in shared/rendering/Cargo.toml", other(&line).join(", "))).collect()
}

#[test]
fn the_demo_and_the_tests_build_the_same_dependencies() {
    let product = dependencies(&["-p", "exhibit", "-e", "normal,build"]);
    let workspace = dependencies(&["--workspace", "-e", "normal,build,dev"]);
    assert!(product.len() > 100 && workspace.len() >= product.len());
    none(differences(&product, &workspace));
}

#[test]
fn a_feature_that_only_tests_switch_on_is_seen() {
    let product =
        lines("exhibit v0.1.0 (/x/cli) []\nquick-xml v0.42.0 [default]\nsyn v3.0.9 (proc-macro) [full] (*)\n");
    let workspace = lines("quick-xml v0.42.0 [default,encoding]\nsyn v3.0.9 [full]\ncalamine v0.38.0 []");
    let seen = differences(&product, &workspace);
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(
        seen[0].starts_with("quick-xml v0.42.0 [default] of the product is quick-xml v0.42.0 [default,encoding]"),
        "{seen:?}"
    );
}
