//! The commands that drive a deployed Exhibit (`--api`): collect, report, status, verify, download, upload and document.

use super::{
    Command, Output,
    collect::{Collect, Failed, Tally, say_failures},
    download::{self, Download},
    remote_documents,
    report::Report,
    status::{self, Status},
    verify::{Verify, check, say_received},
};
use crate::{
    CommandError, ExitCode,
    remote::{Remote, RemoteError},
};
use ::verify::download::Folder;
use api::{Evidence, EvidenceStatus, NewReport, Run, RunStatus, RunWithLinks};
use domain::{ControlId, EvidenceId, Granularity, Period};
use jiff::ToSpan as _;
use runtime::Clock;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

// A run of the state machine has an hour; a collector has 15 minutes, and its retries.
const PATIENCE_FOR_A_REPORT: Duration = Duration::from_secs(3600);
const PATIENCE_FOR_A_COLLECTION: Duration = Duration::from_secs(900);
const LOOK_AGAIN: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct ReportAnswer {
    run: Run,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    name: String,
    sha256: String,
    path: Option<String>,
}

/// Does `command` at the Exhibit that `connect` gives. A command that needs a data directory says so before anything is asked for.
pub(super) fn run(
    connect: impl FnOnce() -> Result<Remote, RemoteError>,
    command: Command,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    match command {
        Command::Collect(collect) => collect_remotely(&connect()?, collect, output),
        Command::Report(report) => report_remotely(&connect()?, report, output),
        Command::Status(status) => status_remotely(&connect()?, &status, output),
        Command::Verify(verify) => verify_remotely(&connect()?, verify, output),
        Command::Download(download) => download_remotely(&connect()?, &download, output),
        Command::Upload(upload) => remote_documents::upload(&connect()?, upload, output),
        Command::Document(document) => remote_documents::document(&connect()?, document, output),
        _ => Err(CommandError::Invalid(
            "this command works on a data directory: leave --api and EXHIBIT_API out, or use one of collect, report, status, verify, \
             download, upload and document"
                .to_owned(),
        )),
    }
}

fn report_remotely(remote: &Remote, report: Report, output: &Output) -> Result<ExitCode, CommandError> {
    let spinner = output.spinner("asking");
    let asked = remote.request(&NewReport { framework: report.framework, period: report.period })?;
    output.note(format!("the run {} was asked for by {}", asked.run_id, asked.requested_by));
    let found = remote.wait(&asked.run_id, PATIENCE_FOR_A_REPORT, |run| {
        spinner.set_message(format!("{}: {}", run.run_id, word(&run.status)));
    });
    spinner.finish_and_clear();
    let found = found?;
    let files = match &report.out {
        Some(out) => written(remote, &found, out)?,
        None => listed(&found),
    };
    say_report(&found.run, &files, output);
    output.answer(&ReportAnswer { run: found.run, files })?;
    Ok(ExitCode::Done)
}

fn written(remote: &Remote, run: &RunWithLinks, out: &Path) -> Result<Vec<File>, CommandError> {
    let folder = Folder::create(out)?;
    let files = remote.files(run)?.into_iter().map(|(name, artifact, bytes)| {
        let path = folder.put(&name, &bytes)?.display().to_string();
        Ok(File { name, sha256: artifact.digest.to_string(), path: Some(path) })
    });
    files.collect()
}

// Without their addresses: whoever has one of those can read.
fn listed(run: &RunWithLinks) -> Vec<File> {
    let file = |link: &api::Link| File { name: link.name.clone(), sha256: link.digest.to_string(), path: None };
    run.links.iter().map(file).collect()
}

fn say_report(run: &Run, files: &[File], output: &Output) {
    output.say(format!("The run {} on {} over {} is {}.", run.run_id, run.framework, run.period, word(&run.status)));
    let shown = |file: &File| file.path.clone().unwrap_or_else(|| file.name.clone());
    output.table(&files.iter().map(|file| vec![format!("  {}", file.sha256), shown(file)]).collect::<Vec<_>>());
    output.say(format!("With everything it rests on: exhibit download {} --out FOLDER", run.run_id));
}

fn word(status: &RunStatus) -> String {
    match status {
        RunStatus::Requested => "requested".to_owned(),
        RunStatus::Completed { report_id, .. } => format!("completed by the report {report_id}"),
        RunStatus::Failed { error, .. } => format!("failed: {error}"),
    }
}

fn download_remotely(remote: &Remote, download: &Download, output: &Output) -> Result<ExitCode, CommandError> {
    let run = remote.find(&download.report)?;
    let bar = output.progress("downloading", 0);
    let written = remote.download(&run, &download.out, !download.without_evidence, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    download::say(&written?, output)
}

fn verify_remotely(remote: &Remote, verify: Verify, output: &Output) -> Result<ExitCode, CommandError> {
    let message = "name the report that is to be downloaded and verified, as `exhibit status` lists them";
    let report = verify.what.as_ref().ok_or_else(|| CommandError::Invalid(message.to_owned()))?;
    let run = remote.find(&report.to_string_lossy())?;
    let temporary = tempfile::tempdir().map_err(CommandError::file("the temporary folder"))?;
    let bar = output.progress("downloading", 0);
    let written = remote.download(&run, temporary.path(), true, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    written?;
    let verdict = check(&Folder::open(temporary.path())?, &verify.by, output)?;
    say_received(&verdict, &verify.by, output);
    output.answer(&verdict)?;
    Ok(if verdict.holds() { ExitCode::Done } else { ExitCode::DoesNotHold })
}

fn status_remotely(remote: &Remote, status: &Status, output: &Output) -> Result<ExitCode, CommandError> {
    let period = match status.period {
        Some(period) => period,
        None => Granularity::Quarter.containing(Clock::System.now())?,
    };
    status::tell(remote.controls(Some(&period))?, remote.runs()?, &period, output)
}

fn collect_remotely(remote: &Remote, collect: Collect, output: &Output) -> Result<ExitCode, CommandError> {
    if collect.control.is_empty() || !collect.source.is_empty() || !collect.file.is_empty() {
        let message = "a deployed Exhibit collects whole controls from where their sources deliver: give --control, and neither \
                       --source nor --file";
        return Err(CommandError::Invalid(message.to_owned()));
    }
    let mut tally = Tally::default();
    for control in &collect.control {
        collect_control(remote, control, collect.period, &mut tally, output)?;
    }
    say_failures(&tally, output);
    output.say(tally.sentence());
    output.answer(&tally)?;
    Ok(tally.exit_code())
}

type Standing = BTreeMap<EvidenceId, Evidence>;

// What stood there before is asked first: a slot that failed yesterday must not look as if it had failed now.
fn collect_control(
    remote: &Remote,
    control: &ControlId,
    period: Option<Period>,
    tally: &mut Tally,
    output: &Output,
) -> Result<(), CommandError> {
    let controls = remote.controls(None)?;
    let known = controls.iter().find(|known| known.control == *control);
    let known = known.ok_or_else(|| RemoteError::NotFound(format!("there is no control {control}")))?;
    let window = period.map_or_else(|| known.granularity.latest_complete(Clock::System.now()), Ok)?;
    let before = standing(remote, control, &window)?;
    let accepted = remote.collect(control, period)?;
    let count = accepted.evidence.len();
    output.note(format!("{control}: {count} slots of {} are being collected", accepted.period));
    let bar = output.progress("collecting", count);
    let begun = Instant::now();
    let now = loop {
        let now = standing(remote, control, &accepted.period)?;
        let ended = accepted.evidence.iter().filter(|id| has_ended(now.get(*id), before.get(*id))).count();
        bar.set_position(ended as u64);
        if ended == count || begun.elapsed() > PATIENCE_FOR_A_COLLECTION {
            break now;
        }
        std::thread::sleep(LOOK_AGAIN);
    };
    bar.finish_and_clear();
    accepted.evidence.iter().for_each(|id| count_slot(id, now.get(id), before.get(id), tally));
    Ok(())
}

fn standing(remote: &Remote, control: &ControlId, window: &Period) -> Result<Standing, CommandError> {
    // A week may have begun up to six days before the window that it belongs to.
    let from = window.start().checked_sub(7 * 24.hours()).unwrap_or(window.start());
    let evidence = remote.evidence_of(control, from, window.end())?;
    Ok(evidence.into_iter().map(|evidence| (evidence.evidence_id.clone(), evidence)).collect())
}

fn has_ended(now: Option<&Evidence>, before: Option<&Evidence>) -> bool {
    now.is_some_and(|now| match now.status {
        EvidenceStatus::Collected { .. } => true,
        EvidenceStatus::Pending { .. } | EvidenceStatus::Waived { .. } => false,
        EvidenceStatus::Failed { .. } => before.is_none_or(|before| {
            before.attempt < now.attempt || !matches!(before.status, EvidenceStatus::Failed { .. })
        }),
    })
}

fn count_slot(id: &EvidenceId, now: Option<&Evidence>, before: Option<&Evidence>, tally: &mut Tally) {
    match now.filter(|_| has_ended(now, before)).map(|now| &now.status) {
        Some(EvidenceStatus::Collected { .. }) => {
            let was_there = before.is_some_and(|before| matches!(before.status, EvidenceStatus::Collected { .. }));
            *(if was_there { &mut tally.already } else { &mut tally.collected }) += 1;
        }
        Some(EvidenceStatus::Failed { error, message, .. }) => tally.failed.push(Failed::new(id, error, message)),
        Some(EvidenceStatus::Pending { .. } | EvidenceStatus::Waived { .. }) | None => tally.under_way += 1,
    }
}
