//! One file per subcommand: arguments in, text or JSON out.

mod catalog;
mod collect;
mod cosign;
mod coverage;
mod demo;
mod document;
mod download;
mod hold;
mod init;
mod log;
mod output;
mod query;
mod redaction;
mod remote;
mod remote_documents;
mod report;
mod reproduce;
mod serve;
mod status;
mod token;
mod trace;
mod upload;
mod verify;
mod waive;
mod witness;

use crate::{
    CommandError, ExitCode, Home,
    remote::{Address, Remote, Token},
    sealing::OwnLog,
};
use clap::{Parser, Subcommand};
pub(crate) use collect::Tally;
use output::Output;
use runtime::Clock;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Collects the evidence that your controls operate, keeps it so that any
/// change shows, and makes reports of it that an auditor can check.
///
/// A first look:        exhibit demo
/// Your own evidence:   exhibit init --tenant acme
///                      exhibit collect --source terraform-state \
///                                      --file terraform-state=prod.tfstate
///                      exhibit report --framework soc2 --period 2026-Q4 --out reports
///                      exhibit verify
/// For an auditor:      exhibit bundle 3f9a12 --out audit      (a report and all it rests on)
///                      exhibit verify audit/report-3f9a12….zip --key VKEY
///                                                             (anywhere, offline)
/// On AWS:              exhibit --api https://… report --framework soc2 --period 2026-Q4
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
    /// Drive a deployed Exhibit at this address instead of a data directory: collect, report, status, verify, download, upload and document
    /// [environment: EXHIBIT_API; the token: EXHIBIT_TOKEN or --token-file].
    #[arg(long, global = true, value_name = "URL", conflicts_with = "data")]
    api: Option<String>,
    /// The file with the token for --api; the token itself is never given on the command line, where others can see it.
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
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
    /// Read everything that is kept, or one bundle, and name what does not hold together.
    Verify(verify::Verify),
    /// Write a report into a folder, with everything it rests on, to be checked anywhere.
    Download(download::Download),
    /// Write a report with everything it rests on, and the log that tells of it, into one file.
    Bundle(download::Bundle),
    /// Make a report of a bundle again from its evidence, and compare every byte.
    Reproduce(reproduce::Reproduce),
    /// Walk from a row of a report to its evidence, its query, the raw bytes and the entry of the log.
    Trace(trace::Trace),
    /// Ask a witness outside for its cosignature on the log's newest checkpoint, or take one that it gave.
    Cosign(cosign::Cosign),
    /// Be a witness, on an auditor's machine: keep what was seen of a log, and cosign only what goes on from it.
    Witness(witness::Witness),
    /// What was collected, what is due next, which reports exist.
    Status(status::Status),
    /// Put a question in SQL to the frozen evidence of a report.
    Query(query::Query),
    /// Hand in a document for a control that no machine answers for: minutes, a policy, an exercise.
    Upload(upload::Upload),
    /// List, read, approve and reject documents that were handed in.
    #[command(subcommand)]
    Document(document::Document),
    /// Decide that a piece of evidence need not be there.
    Waive(waive::Waive),
    /// Lock a report and all it rests on without a date, and lift that again.
    #[command(subcommand)]
    Hold(hold::Hold),
    /// List, prove, follow and export what was done: the entries of the log.
    #[command(subcommand)]
    Log(log::Log),
    /// Give away the salt of redacted values, or check a value against them.
    #[command(subcommand)]
    Redaction(redaction::Redaction),
    /// Check, try or copy a catalog: what is asked of whom, and how answers are judged.
    #[command(subcommand)]
    Catalog(catalog::Catalog),
    /// Which controls answer for which requirement of which framework, and what no control covers.
    Coverage(coverage::Coverage),
    /// Collect everything when it is due, and serve the HTTP API on this machine, until stopped.
    Serve(serve::Serve),
    /// Make a token with which somebody may ask the API of `exhibit serve`.
    Token(token::Token),
}

/// Runs the command that `arguments` (the program's own, with its name) ask for, and tells how it ended.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let given: Vec<OsString> = arguments.into_iter().collect();
    let json = given.iter().any(|argument| argument == "--json");
    let Arguments { data, api, token_file, json, command } = match Arguments::try_parse_from(given) {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error, json),
    };
    let output = Output::new(json);
    let ended = match api.or_else(|| environment("EXHIBIT_API").filter(|_| data.is_none())) {
        Some(address) if !is_offline(&command) => ask(&address, token_file.as_deref(), command, &output),
        // Boxed, here and below: what waits for what waits would be of a type too deep for the compiler.
        _ => Box::pin(dispatch(data, command, &output)).await,
    };
    ended.unwrap_or_else(|error| {
        output.failed(&error);
        error.exit_code()
    })
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

// A folder that was downloaded is checked and made again where it is, whoever is asked otherwise.
fn is_offline(command: &Command) -> bool {
    match command {
        Command::Reproduce(_)
        | Command::Trace(_)
        | Command::Witness(_)
        | Command::Catalog(_)
        | Command::Coverage(_)
        | Command::Redaction(redaction::Redaction::Check(_)) => true,
        Command::Verify(verify) => verify.is_offline(),
        _ => false,
    }
}

fn ask(address: &str, token_file: Option<&Path>, command: Command, output: &Output) -> Result<ExitCode, CommandError> {
    let token = Token::read(token_file, environment(Token::VARIABLE));
    remote::run(|| Ok(Remote::new(Address::new(address)?, token?)), command, output)
}

async fn dispatch(data: Option<PathBuf>, command: Command, output: &Output) -> Result<ExitCode, CommandError> {
    if let Command::Demo(demo) = command {
        return demo.run(&data.unwrap_or_else(|| "exhibit-demo".into()), output).await;
    }
    let data = data.unwrap_or_else(|| "exhibit-data".into());
    match command {
        Command::Init(init) => {
            let ended = init.run(&data, output).await?;
            sealed(&OwnLog::open(&data, Clock::System)?, Ok(ended), output).await
        }
        Command::Verify(verify) => verify.run(&data, output).await,
        Command::Reproduce(reproduce) => reproduce.run(output),
        Command::Trace(trace) => trace.run(output),
        Command::Catalog(catalog) => catalog.run(output),
        Command::Coverage(coverage) => coverage.run(output),
        Command::Redaction(redaction::Redaction::Check(check)) => check.run(output),
        Command::Witness(witness) => witness.run(output).await,
        Command::Token(token) => {
            let log = OwnLog::open(&data, Clock::System)?;
            sealed(&log, token.run(&data, &log, output).await, output).await
        }
        Command::Log(log) => log.run(&OwnLog::open(&data, Clock::System)?, output).await,
        Command::Serve(serve) => serve.run(Home::open(&data, Clock::System)?, output).await,
        other => Box::pin(run_at(&Home::open(&data, Clock::System)?, other, output)).await,
    }
}

/// Seals what a command did, however it ended: a failure is an event too. That the log could not be sealed takes nothing back and is told;
/// the command ends badly for it only when the next one could not do it either.
async fn sealed(
    log: &OwnLog,
    ended: Result<ExitCode, CommandError>,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    let Err(error) = log.seal().await else { return ended };
    let message = format!("the log was not sealed: {error}");
    output.note(crate::table::visible(&message));
    output.note("what was done is kept and its events wait for the log: the next command seals them");
    match ended {
        Ok(ExitCode::Done) if !error.failure().is_retryable() => Ok(error.exit_code()),
        other => other,
    }
}

async fn run_at(home: &Home, command: Command, output: &Output) -> Result<ExitCode, CommandError> {
    match command {
        Command::Collect(collect) => sealed(&OwnLog::of(home), collect.run(home, output).await, output).await,
        Command::Report(report) => sealed(&OwnLog::of(home), report.run(home, output).await, output).await,
        Command::Waive(waive) => sealed(&OwnLog::of(home), waive.run(home, output).await, output).await,
        Command::Hold(hold) => sealed(&OwnLog::of(home), hold.run(home, output).await, output).await,
        Command::Upload(upload) => sealed(&OwnLog::of(home), upload.run(home, output).await, output).await,
        Command::Document(document) => sealed(&OwnLog::of(home), document.run(home, output).await, output).await,
        Command::Status(status) => status.run(home, output).await,
        Command::Query(query) => query.run(home, output).await,
        Command::Download(download) => download.run(home, output).await,
        Command::Bundle(bundle) => bundle.run(home, output).await,
        Command::Cosign(cosign) => cosign.run(home, output).await,
        Command::Redaction(redaction::Redaction::Salt(salt)) => salt.run(home, output).await,
        Command::Init(_)
        | Command::Demo(_)
        | Command::Verify(_)
        | Command::Reproduce(_)
        | Command::Trace(_)
        | Command::Catalog(_)
        | Command::Coverage(_)
        | Command::Redaction(_)
        | Command::Witness(_)
        | Command::Serve(_)
        | Command::Log(_)
        | Command::Token(_) => Ok(ExitCode::Done),
    }
}
