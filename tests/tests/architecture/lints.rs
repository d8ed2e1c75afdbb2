//! Lints hold everywhere, and every exception says why.

use crate::{dependencies::PURE, none, tree};
use syn::visit::Visit;

fn inheritance_fault(name: &str, manifest: &toml::Table) -> Option<String> {
    let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    (inherits != Some(true)).then(|| format!("{name} does not inherit the lints: add [lints] workspace = true"))
}

/// Every `allow` and `expect` of a lint without a reason.
fn exception_faults(path: &str, text: &str) -> Vec<String> {
    let mut exceptions = Exceptions::default();
    exceptions.visit_file(&syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}")));
    let told = |line| format!("{path}:{line} allows a lint without `reason = \"…\"`");
    exceptions.unreasoned.into_iter().map(told).collect()
}

#[derive(Default)]
struct Exceptions {
    unreasoned: Vec<usize>,
}

impl<'ast> Visit<'ast> for Exceptions {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let syn::Meta::List(list) = &attribute.meta else { return };
        let inside = list.tokens.to_string().replace(char::is_whitespace, "");
        let excepts = list.path.is_ident("allow") || list.path.is_ident("expect") || inside.contains("allow(");
        if excepts && !inside.contains("reason=") {
            self.unreasoned.push(syn::spanned::Spanned::span(attribute).start().line);
        }
    }
}

/// Settings of the root's clippy.toml that `of_crate`, which replaces it, does not repeat.
fn repetition_faults(name: &str, root: &toml::Table, of_crate: &toml::Table) -> Vec<String> {
    let missing = root.iter().filter(|(key, value)| of_crate.get(*key) != Some(value));
    missing
        .map(|(key, _)| format!("{name}/clippy.toml does not repeat {key} of the root's, which it replaces"))
        .collect()
}

#[test]
fn every_crate_inherits_the_lints() {
    none(tree::crates().iter().filter_map(|each| inheritance_fault(each.name(), &each.manifest)).collect());
}

#[test]
fn every_exception_to_a_lint_has_a_reason() {
    none(tree::rust_files().iter().flat_map(|file| exception_faults(&file.path, &file.text)).collect());
}

#[test]
fn the_pure_crates_ban_the_same() {
    let pure: Vec<_> = tree::crates().into_iter().filter(|each| PURE.contains(&each.name())).collect();
    let expected = tree::read("shared/domain/clippy.toml");
    assert!(expected.contains("std::time::SystemTime::now"), "shared/domain/clippy.toml bans no clock");
    let differs = pure.iter().filter(|each| tree::read(&format!("{}/clippy.toml", each.folder)) != expected);
    none(differs.map(|each| format!("{}/clippy.toml differs from shared/domain's", each.folder)).collect());
}

#[test]
fn the_bans_of_a_crate_keep_what_the_root_allows_to_tests() {
    let root: toml::Table = tree::read("clippy.toml").parse().unwrap();
    let of_crate: toml::Table = tree::read("shared/domain/clippy.toml").parse().unwrap();
    assert!(root.len() > 4);
    none(repetition_faults("shared/domain", &root, &of_crate));
}

#[test]
fn a_crate_without_the_lints_is_seen() {
    let manifest = |text: &str| text.parse::<toml::Table>().unwrap();
    assert!(inheritance_fault("x", &manifest("[lints]\nworkspace = true")).is_none());
    assert!(inheritance_fault("x", &manifest("[lints.clippy]\nall = \"allow\"")).is_some());
    assert!(inheritance_fault("x", &manifest("")).is_some());
}

#[test]
fn an_exception_without_a_reason_is_seen_with_its_line() {
    let text = "#![allow(dead_code, reason = \"planted\")]\nfn f() {\n    #[allow(unused)]\n    let x = 1;\n}\n#[cfg_attr(test, allow(dead_code))]\nfn g() {}";
    let faults = exception_faults("planted.rs", text);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("planted.rs:3 ") && faults[1].starts_with("planted.rs:6 "), "{faults:?}");
}

#[test]
fn a_setting_that_is_not_repeated_is_seen() {
    let root = "allow-unwrap-in-tests = true\ntoo-many-lines-threshold = 80".parse().unwrap();
    let of_crate = "allow-unwrap-in-tests = true\ntoo-many-lines-threshold = 100".parse().unwrap();
    assert_eq!(repetition_faults("x", &root, &of_crate).len(), 1);
}
