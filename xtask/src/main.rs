#![doc = include_str!("../README.md")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to the person at the terminal")]

mod api;
mod arm64;
mod bench;
mod build_lambda;
mod demo_bundles;
mod e2e;
mod fresh;
mod licences;
mod lint;
mod log;
mod node;
mod page;
mod python;
mod steps;
mod stores;
mod test;
mod toolchain;
mod workspace;

use std::process::ExitCode;

/// Why a command of xtask did not succeed.
#[derive(Debug, thiserror::Error)]
enum TaskError {
    /// Asked for something that is not there.
    #[error("{0}")]
    Usage(String),
    /// A program could not be started.
    #[error("`{command}` could not be started: {source}")]
    Start { command: String, source: std::io::Error },
    /// A program ended without success; what it printed says why.
    #[error("`{0}` failed; what it printed above says why")]
    Failed(String),
    /// A program answered something else than was expected.
    #[error("`{command}` answered something unexpected: {answer}")]
    Answer { command: String, answer: String },
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
    /// Python or its module venv is absent.
    #[error(
        "`{command}`: {source}. Some checks are programs from PyPI: install Python 3.10 or later with its module venv"
    )]
    Python { command: String, source: Box<TaskError> },
    /// The README does not say what it has to say.
    #[error("README.md has no line `{0}`: a newcomer would not know the command")]
    Readme(String),
}

type Result<T> = std::result::Result<T, TaskError>;

const OVERVIEW: &str = "\
Every check and every measurement, the same for people and CI.

Usage: cargo xtask <command>

  test     formatting, templates, licences, clippy, documentation, every test
  bench    the demo, rendering and hashing, measured against their peers; by name: aws, and its cost
  api      the HTTP API held to its description, whatever it is asked
  e2e      the deployed product on an emulated AWS, driven from outside
  log      the demo's log, read and verified by an implementation that is not ours
  stores   the conformance suite on SeaweedFS and dynoxide, also after they were killed
  page     the page that checks a report in a browser, as one file; --test: in Node, on the demo's reports
  arm64    the demo's reports made again by the command built for arm64, under emulation
  build-lambda  every function for Amazon Linux on arm64, and its size
  fresh    both commands of the README on a fresh clone

`cargo xtask help <command>` explains one.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    if rest.iter().any(|argument| argument == "--help" || argument == "-h") {
        return help(Some(command));
    }
    match command {
        "test" => test::run(rest),
        "bench" => bench::run(rest),
        "api" => api::run(rest),
        "arm64" => arm64::run(rest),
        "e2e" => e2e::run(rest),
        "build-lambda" => build_lambda::run(rest),
        "fresh" => fresh::run(rest),
        "log" => log::run(rest),
        "page" => page::run(rest),
        "stores" => stores::run(rest),
        "help" | "--help" | "-h" => help(rest.first().map(String::as_str)),
        other => Err(TaskError::Usage(format!("there is no command {other:?}\n\n{OVERVIEW}"))),
    }
}

fn help(topic: Option<&str>) -> Result<()> {
    let text = match topic {
        None | Some("help" | "--help" | "-h") => OVERVIEW,
        Some("test") => test::HELP,
        Some("bench") => bench::HELP,
        Some("api") => api::HELP,
        Some("arm64") => arm64::HELP,
        Some("e2e") => e2e::HELP,
        Some("build-lambda") => build_lambda::HELP,
        Some("fresh") => fresh::HELP,
        Some("log") => log::HELP,
        Some("page") => page::HELP,
        Some("stores") => stores::HELP,
        Some(other) => return Err(TaskError::Usage(format!("there is no command {other:?}\n\n{OVERVIEW}"))),
    };
    println!("{text}");
    Ok(())
}
