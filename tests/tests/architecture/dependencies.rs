//! Dependencies run one way (ARCHITECTURE.md), and the pure crates stay pure.

use crate::{none, tree};
use std::collections::BTreeSet;
use syn::visit::{self, Visit};

/// Which of our crates each may name in its manifest. Who is not listed is a function, the command or a test.
const DIRECTIONS: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("catalog", &["domain"]),
    ("custody-log", &["domain"]),
    ("reconcile", &["domain", "catalog"]),
    ("findings", &["domain", "catalog", "reconcile"]),
    ("rendering", &["domain"]),
    ("bundle", &["domain", "catalog", "custody-log", "findings", "rendering"]),
    ("demo", &["domain", "catalog"]),
    ("storage", &["domain"]),
    ("runtime", &["domain", "catalog", "storage"]),
    ("documents", &["domain", "catalog", "storage"]),
    ("collecting", &["domain", "catalog", "runtime", "storage"]),
    ("http-source", &["domain", "catalog", "collecting"]),
    ("aws-source", &["domain", "catalog", "collecting", "http-source"]),
    ("api", &["domain", "storage"]),
    ("page", &["domain", "custody-log", "bundle"]),
    ("xtask", &[]),
];

/// Crates in which time, identity and randomness are arguments.
pub const PURE: [&str; 8] =
    ["domain", "catalog", "custody-log", "reconcile", "findings", "rendering", "bundle", "demo"];

/// Pure crates that also never touch a file: bytes in, bytes out.
const WITHOUT_FILES: [&str; 5] = ["domain", "catalog", "custody-log", "rendering", "bundle"];

/// What makes a crate depend on when and where it runs.
const IMPURE: [&str; 12] = [
    "tokio",
    "async-std",
    "smol",
    "reqwest",
    "hyper",
    "ureq",
    "rand",
    "getrandom",
    "fastrand",
    "uuid",
    "chrono",
    "time",
];

fn direction_faults(
    name: &str,
    dependencies: &BTreeSet<String>,
    ours: &BTreeSet<String>,
    functions: &BTreeSet<String>,
) -> Vec<String> {
    let allowed = DIRECTIONS.iter().find(|(listed, _)| *listed == name).map(|(_, allowed)| *allowed);
    let wrong = |dependency: &&String| match allowed {
        Some(allowed) => ours.contains(*dependency) && !allowed.contains(&dependency.as_str()),
        None if functions.contains(name) => {
            functions.contains(*dependency) || ["exhibit", "demo", "tests", "xtask"].contains(&dependency.as_str())
        }
        None => ["tests", "xtask"].contains(&dependency.as_str()),
    };
    dependencies
        .iter()
        .filter(wrong)
        .map(|dependency| {
            format!(
                "{name} must not depend on {dependency}: dependencies run cli, functions → runtime → storage → domain"
            )
        })
        .collect()
}

fn purity_faults(name: &str, dependencies: &BTreeSet<String>) -> Vec<String> {
    let impure = |dependency: &&String| IMPURE.contains(&dependency.as_str()) || dependency.starts_with("aws-");
    let pure = PURE.contains(&name);
    let named = dependencies.iter().filter(|dependency| pure && impure(dependency));
    named
        .map(|dependency| format!("{name} is pure and must not depend on {dependency}: take its result as an argument"))
        .collect()
}

fn database_faults(name: &str, dependencies: &BTreeSet<String>) -> Vec<String> {
    // To collect-sql it is a source like others.
    let may = ["storage", "reconcile", "collect-sql", "tests"].contains(&name);
    let names = dependencies.contains("rusqlite");
    if names && !may {
        vec![format!("{name} must not depend on rusqlite: records are storage's, staging tables are reconcile's")]
    } else {
        Vec::new()
    }
}

fn version_faults(name: &str, manifest: &toml::Table) -> Vec<String> {
    let inherits = |value: &toml::Value| value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"].into_iter();
    let entries = sections.filter_map(|section| manifest.get(section)?.as_table()).flatten();
    // A crate may name itself, to test with features of its own.
    entries
        .filter(|(dependency, value)| *dependency != name && !inherits(value))
        .map(|(dependency, _)| {
            format!(
                "{name} gives its own version of {dependency}: versions stand in the root's [workspace.dependencies]"
            )
        })
        .collect()
}

/// What a crate's product code depends on, on any platform; not what its tests do.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let platforms = manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten();
    let tables = std::iter::once(manifest).chain(platforms.filter_map(|(_, value)| value.as_table()));
    let sections = tables.flat_map(|table| [table.get("dependencies"), table.get("build-dependencies")]).flatten();
    sections.filter_map(toml::Value::as_table).flat_map(|section| section.keys().cloned()).collect()
}

/// The parts of `std` that reach outside, where product code names them: `std::fs`.
fn outside_faults(path: &str, text: &str) -> Vec<String> {
    let mut named = Outside::default();
    named.visit_file(&syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}")));
    named
        .found
        .into_iter()
        .map(|module| format!("{path} names {module}: the crate takes bytes and gives bytes"))
        .collect()
}

#[derive(Default)]
struct Outside {
    found: BTreeSet<String>,
}

impl Outside {
    fn note(&mut self, first: &str, second: &str) {
        if first == "std" && ["fs", "net", "process", "env", "os"].contains(&second) {
            self.found.insert(format!("{first}::{second}"));
        }
    }

    fn note_uses(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(next) => self.note("std", &next.ident.to_string()),
            syn::UseTree::Name(name) => self.note("std", &name.ident.to_string()),
            syn::UseTree::Rename(name) => self.note("std", &name.ident.to_string()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.note_uses(item)),
            _ => {}
        }
    }
}

impl<'ast> Visit<'ast> for Outside {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !crate::shape::is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let syn::UseTree::Path(path) = &item.tree
            && path.ident == "std"
            && !crate::shape::is_test(&item.attrs)
        {
            self.note_uses(&path.tree);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !crate::shape::is_test(&function.attrs) {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().take(2).map(|segment| segment.ident.to_string()).collect();
        if let [first, second] = names.as_slice() {
            self.note(first, second);
        }
        visit::visit_path(self, path);
    }
}

#[test]
fn dependencies_run_one_way() {
    let crates = tree::crates();
    let names = |group: &str| {
        crates.iter().filter(|each| each.folder.starts_with(group)).map(|each| each.name().to_owned()).collect()
    };
    let (ours, functions): (BTreeSet<String>, BTreeSet<String>) = (names(""), names("functions/"));
    let faults = |each: &tree::Crate| direction_faults(each.name(), &dependencies(&each.manifest), &ours, &functions);
    none(crates.iter().flat_map(faults).collect());
}

#[test]
fn every_shared_crate_has_a_direction() {
    let shared = tree::crates().into_iter().filter(|each| each.folder.starts_with("shared/"));
    let listed = |name: &str| DIRECTIONS.iter().any(|(listed, _)| *listed == name);
    none(
        shared
            .filter(|each| !listed(each.name()))
            .map(|each| format!("{} is not in DIRECTIONS", each.folder))
            .collect(),
    );
}

#[test]
fn pure_crates_depend_on_nothing_that_knows_when_or_where_it_runs() {
    none(tree::crates().iter().flat_map(|each| purity_faults(each.name(), &dependencies(&each.manifest))).collect());
}

#[test]
fn pure_crates_name_no_file_network_process_or_environment() {
    let crates = tree::crates().into_iter().filter(|each| WITHOUT_FILES.contains(&each.name()));
    let product = |file: &tree::Text| !crate::shape::is_test_file(&file.path);
    let files = crates.flat_map(|each| each.sources()).filter(product);
    none(files.flat_map(|file| outside_faults(&file.path, &file.text)).collect());
}

#[test]
fn only_storage_and_reconcile_name_the_database() {
    none(tree::crates().iter().flat_map(|each| database_faults(each.name(), &dependencies(&each.manifest))).collect());
}

#[test]
fn versions_stand_in_one_place() {
    none(tree::crates().iter().flat_map(|each| version_faults(each.name(), &each.manifest)).collect());
}

#[test]
fn a_dependency_against_the_direction_is_seen() {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    let (ours, functions) =
        (set(&["domain", "storage", "exhibit", "render", "upload", "demo"]), set(&["render", "upload"]));
    let count = |name: &str, dependencies: &[&str]| direction_faults(name, &set(dependencies), &ours, &functions).len();
    assert_eq!(count("domain", &["serde", "storage"]), 1);
    assert_eq!(count("storage", &["domain", "render", "exhibit"]), 2);
    assert_eq!(count("render", &["domain", "storage", "upload", "demo"]), 2);
    assert_eq!(count("exhibit", &["domain", "storage", "upload", "demo"]), 0);
}

#[test]
fn an_impure_dependency_is_seen_on_every_platform() {
    let manifest: toml::Table = "[dependencies]\nserde.workspace = true\n[target.'cfg(unix)'.dependencies]\ntokio = \"1\"\naws-sdk-s3 = \"1\"\n[dev-dependencies]\nrand = \"1\"".parse().unwrap();
    assert_eq!(purity_faults("domain", &dependencies(&manifest)).len(), 2);
    assert_eq!(purity_faults("runtime", &dependencies(&manifest)).len(), 0);
}

#[test]
fn a_database_or_a_version_of_its_own_is_seen() {
    let manifest: toml::Table =
        "[dependencies]\nrusqlite = \"1\"\nserde.workspace = true\nhex = { workspace = true }".parse().unwrap();
    assert_eq!(database_faults("transform", &dependencies(&manifest)).len(), 1);
    assert_eq!(database_faults("storage", &dependencies(&manifest)).len(), 0);
    assert_eq!(version_faults("transform", &manifest).len(), 1);
}

#[test]
fn a_pure_crate_that_opens_a_file_is_seen_but_not_its_tests() {
    for product in
        ["use std::{io, fs::File};", "use std::env;", "fn f() { std::process::exit(1) }", "type T = std::net::IpAddr;"]
    {
        assert_eq!(outside_faults("planted.rs", product).len(), 1, "{product}");
    }
    for fine in [
        "use std::io::Write; #[cfg(test)] mod tests { use std::fs; }",
        "#[cfg(all(test, feature = \"sample\"))] mod tests { use std::fs; }",
        "#[cfg(test)] use std::fs;",
        "#[cfg(test)] fn f() { std::process::exit(1) }",
    ] {
        assert_eq!(outside_faults("planted.rs", fine).len(), 0, "{fine}");
    }
}
