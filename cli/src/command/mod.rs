//! One file per subcommand: arguments in, text or JSON out.

mod collect;
mod demo;
mod init;
mod output;
mod query;
mod report;
mod serve;
mod status;
mod verify;

use crate::{CommandError, ExitCode, Home};
use clap::{Parser, Subcommand};
use output::Output;
use runtime::Clock;
use std::{ffi::OsString, path::PathBuf};

/// Collects the evidence that your controls operate, keeps it so that any
/// change shows, and makes reports of it that an auditor can check.
///
/// A first look:        exhibit demo
/// Your own evidence:   exhibit init --tenant acme
///                      exhibit collect --source terraform-state \
///                                      --file terraform-state=prod.tfstate
///                      exhibit report --framework soc2 --period 2026-Q4 --out reports
///                      exhibit verify
///
/// Exit codes: 0 all is well; 1 something does not hold; 2 the input cannot be
/// used; 3 a source or the store did not answer, the same command may succeed
/// later.
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
struct Arguments {
    /// The data directory; exhibit-data unless given, and exhibit-demo for the demo.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Answer in JSON, for machines.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a data directory.
    Init(init::Init),
    /// Make a believable organisation with known violations, collect a quarter of its evidence, report and verify.
    Demo(demo::Demo),
    /// Collect evidence: everything that is due, or what you select.
    Collect(collect::Collect),
    /// Make a report on a framework over a period, in every format, and verify it.
    Report(report::Report),
    /// Read everything that is kept and name what does not hold together.
    Verify,
    /// What was collected, what is due next, which reports exist.
    Status(status::Status),
    /// Put a question in SQL to the frozen evidence of a report.
    Query(query::Query),
    /// Collect everything when it is due, until stopped.
    Serve(serve::Serve),
}

/// Runs the command that `arguments` (the program's own, with its name) ask for, and tells how it ended.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let given: Vec<OsString> = arguments.into_iter().collect();
    let json = given.iter().any(|argument| argument == "--json");
    let Arguments { data, json, command } = match Arguments::try_parse_from(given) {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error, json),
    };
    let output = Output::new(json);
    let ended = dispatch(data, command, &output).await;
    ended.unwrap_or_else(|error| {
        output.failed(&error);
        error.exit_code()
    })
}

async fn dispatch(data: Option<PathBuf>, command: Command, output: &Output) -> Result<ExitCode, CommandError> {
    if let Command::Demo(demo) = command {
        return demo.run(&data.unwrap_or_else(|| "exhibit-demo".into()), output).await;
    }
    let data = data.unwrap_or_else(|| "exhibit-data".into());
    match command {
        Command::Init(init) => init.run(&data, output),
        Command::Verify => verify::run(&data, output).await,
        other => run_at(&Home::open(&data, Clock::System)?, other, output).await,
    }
}

async fn run_at(home: &Home, command: Command, output: &Output) -> Result<ExitCode, CommandError> {
    match command {
        Command::Collect(collect) => collect.run(home, output).await,
        Command::Report(report) => report.run(home, output).await,
        Command::Status(status) => status.run(home, output).await,
        Command::Query(query) => query.run(home, output).await,
        Command::Serve(serve) => serve.run(home, output).await,
        Command::Init(_) | Command::Demo(_) | Command::Verify => Ok(ExitCode::Done),
    }
}
