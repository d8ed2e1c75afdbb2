//! `cargo xtask bench`: how fast and how large, against peers, in one run.

mod aws;
mod collect;
mod demo;
mod hashing;
mod process;
mod proof;
mod rendering;
mod table;
mod weasyprint;

use crate::{
    Result, TaskError,
    workspace::{cargo, succeed, target},
};
use std::path::PathBuf;

pub const HELP: &str = "\
Measures on this machine, each measurement in a process of its own, against a peer on the same data.

Usage: cargo xtask bench [demo] [render] [hashing] [proof] [collect] [aws] [--runs <n>] [--rows <n>]

  demo      `exhibit demo` end to end
  render    a report of 20,000 evidence rows in each format, against WeasyPrint on the same table
  hashing   canonical JSON and SHA-256 of 100 MB of evidence rows, against serde_json and sha2 alone
  proof     events appended to the log; `verify` of a bundle of 100,000 pieces of evidence against sha256sum; `trace` of a row
  collect   a million rows through collect-sql and collect-http, against psql \\copy and curl
  aws       the collector's handler on SeaweedFS and dynoxide, against a bare put and a bare conditional write; calls of AWS
            per collection and report; cold start and size of each function; dollars per month

Without a name, all of them; aws compiles the SDK of AWS and, once, dynoxide. Times are medians of --runs (3); WeasyPrint
runs once, because it takes minutes. CPU is user and system time of the process and its children, peak is the largest
resident memory of it. WeasyPrint is installed into the target folder, pinned, by python3 and pip; when they or its
system libraries are not there, one line says so and the rest goes on. For figures worth quoting, leave the machine
alone meanwhile.";

/// What to measure, and how often.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    parts: Vec<String>,
    runs: usize,
    rows: usize,
}

/// Where programs are built, and where they may write.
struct Bench {
    programs: PathBuf,
    folder: PathBuf,
    tools: PathBuf,
}

const PARTS: [&str; 6] = ["demo", "render", "hashing", "proof", "collect", "aws"];

/// Measures what `arguments` name. A part that fails does not keep the others from being measured.
pub fn run(arguments: &[String]) -> Result<()> {
    let choice = Choice::read(arguments)?;
    let bench = Bench::new()?;
    println!("{}, exhibit {}, median of {}", machine(), env!("CARGO_PKG_VERSION"), choice.runs);
    let mut result = Ok(());
    for part in &choice.parts {
        if let Err(error) = measure(part, &bench, &choice) {
            println!("{part}: {error}");
            result = Err(error);
        }
    }
    result
}

fn measure(part: &str, bench: &Bench, choice: &Choice) -> Result<()> {
    match part {
        "demo" => demo::run(bench, choice),
        "render" => rendering::run(bench, choice),
        "aws" => aws::run(bench, choice),
        "proof" => proof::run(bench, choice),
        "collect" => collect::run(choice),
        _ => hashing::run(bench, choice),
    }
}

impl Bench {
    fn new() -> Result<Self> {
        let target = target()?;
        let folder = target.join("bench");
        std::fs::create_dir_all(&folder)
            .map_err(|source| TaskError::File { path: folder.display().to_string(), source })?;
        Ok(Self { programs: target.join("release"), folder, tools: target.join("tools") })
    }

    /// Builds the program `name` of the crate `package`, and says where it is.
    fn build(&self, package: &str, name: &str) -> Result<PathBuf> {
        succeed(&mut cargo(&["build", "--release", "--locked", "--quiet", "-p", package, "--bin", name]))?;
        Ok(self.programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
    }
}

impl Choice {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut choice = Self { parts: Vec::new(), runs: 3, rows: 20_000 };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--runs" => choice.runs = number(word, words.next())?,
                "--rows" => choice.rows = number(word, words.next())?,
                part if PARTS.contains(&part) => choice.parts.push(part.to_owned()),
                other => return Err(TaskError::Usage(format!("bench knows no {other:?}\n\n{HELP}"))),
            }
        }
        if choice.parts.is_empty() {
            choice.parts = PARTS.map(str::to_owned).to_vec();
        }
        Ok(choice)
    }
}

fn number(option: &str, word: Option<&String>) -> Result<usize> {
    let number = word.and_then(|word| word.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| TaskError::Usage(format!("{option} takes a number from 1, as `{option} 5`\n\n{HELP}")))
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, model)| model);
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Choice> {
        Choice::read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn without_a_name_everything_is_measured() {
        assert_eq!(read("").unwrap().parts, PARTS);
        let choice = Choice { parts: vec!["render".to_owned()], runs: 5, rows: 100 };
        assert_eq!(read("--rows 100 render --runs 5").unwrap(), choice);
    }

    #[test]
    fn what_bench_does_not_know_is_named() {
        for (line, named) in [("rendering", "\"rendering\""), ("--runs", "--runs"), ("--rows none", "--rows")] {
            let answer = read(line).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(answer.starts_with(named) || answer.contains(named), "{answer}");
        }
    }
}
