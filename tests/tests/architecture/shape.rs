//! Short functions, short files.

use crate::{none, tree};
use std::path::Path;
use syn::{
    spanned::Spanned,
    visit::{self, Visit},
};

const LONGEST_FUNCTION: usize = 80;
const LONGEST_FILE: usize = 500;
const LONGEST_WIRING: usize = 30;
const MEDIAN: usize = 12;
const NINTH_DECILE: usize = 30;

/// One function with a body.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    path: String,
    line: usize,
    name: String,
    lines: usize,
    is_test: bool,
}

/// Whether the attributes make what they stand on part of the tests.
pub fn is_test(attributes: &[syn::Attribute]) -> bool {
    let cfg_test = |attribute: &syn::Attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string().replace(char::is_whitespace, "");
            condition == "test" || condition.starts_with("all(test,")
        }
        _ => false,
    };
    let named_test =
        |attribute: &syn::Attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "test");
    attributes.iter().any(|attribute| cfg_test(attribute) || named_test(attribute))
}

/// Whether the whole file is there for tests or people, not part of the product.
pub fn is_test_file(path: &str) -> bool {
    let beside = ["tests", "tests.rs", "benches", "examples"];
    Path::new(path).iter().any(|part| beside.iter().any(|name| part == *name))
}

/// Every function with a body in a file, nested ones too. Documentation and attributes are not part of its length.
fn functions(path: &str, text: &str) -> Vec<Function> {
    let mut measure = Measure { path, in_tests: is_test_file(path), found: Vec::new() };
    measure.visit_file(&syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}")));
    measure.found
}

struct Measure<'path> {
    path: &'path str,
    in_tests: bool,
    found: Vec<Function>,
}

impl Measure<'_> {
    fn note(&mut self, attributes: &[syn::Attribute], signature: &syn::Signature, block: &syn::Block) {
        let first = signature.span().start().line;
        let lines = block.span().end().line + 1 - first;
        let is_test = self.in_tests || is_test(attributes);
        let name = signature.ident.to_string();
        self.found.push(Function { path: self.path.to_owned(), line: first, name, lines, is_test });
    }
}

impl<'ast> Visit<'ast> for Measure<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let outer = self.in_tests;
        self.in_tests = outer || is_test(&module.attrs);
        visit::visit_item_mod(self, module);
        self.in_tests = outer;
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.note(&function.attrs, &function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.note(&function.attrs, &function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.note(&function.attrs, &function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

fn too_long(functions: &[Function]) -> Vec<String> {
    let long = functions.iter().filter(|function| function.lines > LONGEST_FUNCTION);
    long.map(|f| format!("{}:{} {} has {} lines, more than {LONGEST_FUNCTION}", f.path, f.line, f.name, f.lines))
        .collect()
}

/// The length that `tenths` tenths of the product's functions do not exceed.
fn decile(functions: &[Function], tenths: usize) -> usize {
    let mut lengths: Vec<usize> = functions.iter().filter(|function| !function.is_test).map(|f| f.lines).collect();
    lengths.sort_unstable();
    let rank = (lengths.len() * tenths).div_ceil(10).max(1);
    lengths.get(rank - 1).copied().unwrap_or(0)
}

fn spread_faults(functions: &[Function]) -> Vec<String> {
    let (median, ninth) = (decile(functions, 5), decile(functions, 9));
    let mut faults = Vec::new();
    if median > MEDIAN {
        faults.push(format!("the median function has {median} lines, more than {MEDIAN}"));
    }
    if ninth > NINTH_DECILE {
        faults.push(format!("a tenth of the functions has more than {ninth} lines, where {NINTH_DECILE} are allowed"));
    }
    faults
}

fn file_fault(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    let wires = path.starts_with("functions/") && path.ends_with("/src/main.rs");
    let most = if wires { LONGEST_WIRING } else { LONGEST_FILE };
    (lines > most).then(|| format!("{path} has {lines} lines, more than {most}"))
}

fn all_functions() -> Vec<Function> {
    tree::rust_files().iter().flat_map(|file| functions(&file.path, &file.text)).collect()
}

#[test]
fn no_function_is_too_long() {
    none(too_long(&all_functions()));
}

#[test]
fn most_functions_are_short() {
    let functions = all_functions();
    let product = functions.iter().filter(|function| !function.is_test).count();
    let figures = (decile(&functions, 5), decile(&functions, 9), decile(&functions, 10));
    println!(
        "{product} functions outside tests: median {}, 90 % within {}, longest {} lines",
        figures.0, figures.1, figures.2
    );
    none(spread_faults(&functions));
}

#[test]
fn no_file_is_too_long() {
    none(tree::rust_files().iter().filter_map(|file| file_fault(&file.path, &file.text)).collect());
}

#[test]
fn a_function_is_measured_from_its_signature_to_its_brace() {
    let text = "/// Doc.\n#[inline]\nfn one() {}\nimpl T {\n    fn three(\n        &self) {\n    }\n}\ntrait U {\n    fn without();\n    fn two() {\n    }\n}\n#[cfg(test)]\nmod tests {\n    fn inside() {}\n}\n#[test]\nfn tested() {}";
    let found = functions("shared/x/src/lib.rs", text);
    let seen: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.line, f.lines, f.is_test)).collect();
    let expected = [
        ("one", 3, 1, false),
        ("three", 5, 3, false),
        ("two", 11, 2, false),
        ("inside", 16, 1, true),
        ("tested", 19, 1, true),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_long_function_is_seen_in_tests_too() {
    let text = format!("fn fine() {{{}}}\n#[test]\nfn long() {{{}}}", "\n".repeat(79), "\n".repeat(80));
    let faults = too_long(&functions("planted.rs", &text));
    assert_eq!(faults.len(), 1);
    assert!(faults[0].contains("long has 81 lines"), "{faults:?}");
}

#[test]
fn many_middling_functions_are_seen() {
    let of = |lines: usize, is_test| Function { path: String::new(), line: 1, name: String::new(), lines, is_test };
    let spread =
        |lengths: &[usize]| spread_faults(&lengths.iter().map(|lines| of(*lines, false)).collect::<Vec<_>>()).len();
    assert_eq!(spread(&[1, 5, 8, 12, 12, 20, 30, 30, 30, 70]), 0);
    assert_eq!(spread(&[1, 5, 8, 12, 13, 20, 30, 30, 31, 70]), 2);
    assert_eq!(spread_faults(&[of(5, false), of(60, true)]).len(), 0);
}

#[test]
fn a_long_file_and_a_main_that_does_more_than_wire_are_seen() {
    assert!(file_fault("shared/x/src/lib.rs", &"\n".repeat(500)).is_none());
    assert!(file_fault("shared/x/src/lib.rs", &"\n".repeat(501)).is_some());
    assert!(file_fault("functions/render/src/main.rs", &"\n".repeat(31)).is_some());
}
