//! `cargo xtask test`: what has to hold before anything is merged.

use crate::{
    Result, TaskError, licences, lint, log,
    steps::{self, Step},
    workspace::{cargo, show, succeed},
};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

pub const HELP: &str = "\
Everything that has to hold before anything is merged; CI runs the same.

Usage: cargo xtask test [step]...

  format     cargo fmt --all --check
  lint       sam validate, cfn-lint and statelint on infra/ and statemachines/; installs them once, about a minute
  licences   cargo deny check licenses bans sources (deny.toml); builds cargo-deny once, about two minutes
  clippy     cargo clippy, every target with every feature, no warning
  docs       cargo doc of our own crates with every feature, no warning
  tests      cargo test, every crate, with what runs on AWS; a vector set that is not there is skipped with a line that says so
  log        the demo's log, exported, read and verified by PyPI's aics-tlog, which is not ours; installs it once

Without a step, all of them in this order, up to the first that fails. Needs Rust, the crates' registry, and for `lint` and `log`
Python 3.10 or later and PyPI; no service, no credentials. The first run compiles every dependency once, in the release
profile that the demo uses too.
Vulnerability advisories are not part of it, because they change without us: `cargo deny check advisories`.";

const STEPS: [Step; 7] = [
    Step { name: "format", by_hand: "cargo fmt --all --check", action: format },
    Step { name: "lint", by_hand: lint::BY_HAND, action: lint::check },
    Step { name: "licences", by_hand: "cargo deny check licenses bans sources", action: licences::check },
    Step {
        name: "clippy",
        by_hand: "cargo clippy --release --locked --workspace --all-features --all-targets -- -D warnings",
        action: clippy,
    },
    Step {
        name: "docs",
        by_hand: "RUSTDOCFLAGS='-D warnings' cargo doc --release --locked --workspace --all-features --no-deps",
        action: documentation,
    },
    Step {
        name: "tests",
        by_hand: "cargo test --release --locked --workspace --features lambda --no-fail-fast",
        action: tests,
    },
    Step { name: "log", by_hand: log::BY_HAND, action: log::check },
];

/// Runs the steps that `names` names, or all.
pub fn run(names: &[String]) -> Result<()> {
    steps::run(&chosen(names)?)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Step>> {
    if names.is_empty() {
        return Ok(STEPS.iter().collect());
    }
    let find = |name: &String| STEPS.iter().find(|step| step.name == name);
    names
        .iter()
        .map(|name| find(name).ok_or_else(|| TaskError::Usage(format!("there is no step {name:?} of test\n\n{HELP}"))))
        .collect()
}

fn format() -> Result<String> {
    succeed(&mut cargo(&["fmt", "--all", "--check"])).map(|()| String::new())
}

fn clippy() -> Result<String> {
    let chosen = ["clippy", "--release", "--locked", "--quiet", "--workspace", "--all-features", "--all-targets"];
    succeed(cargo(&chosen).args(["--", "-D", "warnings"])).map(|()| String::new())
}

fn documentation() -> Result<String> {
    let mut command = cargo(&["doc", "--release", "--locked", "--quiet", "--workspace", "--all-features", "--no-deps"]);
    succeed(command.env("RUSTDOCFLAGS", "-D warnings")).map(|()| String::new())
}

fn tests() -> Result<String> {
    // Not with every feature: `aws` and `e2e` of the tests need stores, which `cargo xtask stores` and `cargo xtask e2e` start.
    let mut command =
        cargo(&["test", "--release", "--locked", "--workspace", "--features", "lambda", "--no-fail-fast"]);
    let counts = run_and_count(&mut command)?;
    Ok(format!("{} passed, {} ignored, in {} groups", counts.passed, counts.ignored, counts.groups))
}

/// What cargo test's own lines `test result: …` add up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    ignored: u64,
    groups: u64,
}

fn run_and_count(command: &mut Command) -> Result<Counts> {
    let shown = show(command);
    let start = |source| TaskError::Start { command: shown.clone(), source };
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(start)?;
    let mut counts = Counts::default();
    let lines = child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
    for line in lines.map_while(std::result::Result::ok) {
        counts.add(&line);
        println!("{line}");
    }
    let status = child.wait().map_err(start)?;
    if status.success() { Ok(counts) } else { Err(TaskError::Failed(shown)) }
}

impl Counts {
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let count = |word: &str| -> u64 {
            let before = result.split(word).next().unwrap_or_default().trim_end();
            before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        self.passed += count("passed");
        self.ignored += count("ignored");
        self.groups += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_those_of_cargo_test() {
        let mut counts = Counts::default();
        counts.add("running 3 tests");
        counts.add("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s");
        counts.add("test result: ok. 30 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s");
        assert_eq!(counts, Counts { passed: 42, ignored: 1, groups: 2 });
    }

    #[test]
    fn a_step_that_is_not_there_is_answered_with_those_that_are() {
        let names: Vec<_> = chosen(&["docs".to_owned(), "format".to_owned()]).unwrap().iter().map(|s| s.name).collect();
        assert_eq!(names, ["docs", "format"]);
        let answer = chosen(&["spelling".to_owned()]).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(answer.contains("\"spelling\"") && answer.contains("clippy"), "{answer}");
    }
}
