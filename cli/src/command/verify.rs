//! `exhibit verify`

use super::Output;
use crate::{CommandError, ExitCode, Layout};
use clap::Args;
use runtime::Configuration;
use std::path::{Path, PathBuf};
use storage::Storage;
use verify::{
    custody,
    download::{self, Folder},
};

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The folder of a downloaded report: checked by itself, without the data directory. With --api: the report's id, which is downloaded
    /// and then checked the same way. Without any: everything that the data directory keeps.
    #[arg(value_name = "FOLDER or REPORT")]
    pub(super) what: Option<PathBuf>,
}

impl Verify {
    /// Whether it is about a folder on this machine, whatever else there is.
    pub(super) fn is_offline(&self) -> bool {
        self.what.as_ref().is_some_and(|what| what.is_dir())
    }

    pub(super) async fn run(self, data: &Path, output: &Output) -> Result<ExitCode, CommandError> {
        match self.what {
            Some(folder) => downloaded(&Folder::open(&folder)?, output),
            None => kept(data, output).await,
        }
    }
}

// Needs neither the catalog nor the sources: only what is kept.
async fn kept(data: &Path, output: &Output) -> Result<ExitCode, CommandError> {
    Configuration::read(data)?;
    let storage = Storage::embedded_existing(&Layout::of(data).custody)?;
    let spinner = output.spinner("verifying");
    let verdict = custody::verify(&storage).await;
    spinner.finish_and_clear();
    let verdict = verdict?;
    say(&verdict, output);
    output.answer(&verdict)?;
    Ok(if verdict.holds() { ExitCode::Done } else { ExitCode::DoesNotHold })
}

fn downloaded(folder: &Folder, output: &Output) -> Result<ExitCode, CommandError> {
    let verdict = check(folder, output)?;
    say_download(&verdict, output);
    output.answer(&verdict)?;
    Ok(if verdict.holds() { ExitCode::Done } else { ExitCode::DoesNotHold })
}

pub(super) fn check(folder: &Folder, output: &Output) -> Result<download::Verdict, CommandError> {
    let spinner = output.spinner("verifying");
    let verdict = download::check(folder);
    spinner.finish_and_clear();
    Ok(verdict?)
}

pub(super) fn say(verdict: &custody::Verdict, output: &Output) {
    let checked = &verdict.checked;
    output.say(format!(
        "Read {} records ({} custody events) and {} objects of {} bytes; evidence: {} with {} rows; reports: {}.",
        checked.records,
        checked.events,
        checked.objects,
        checked.bytes,
        checked.evidence,
        checked.rows,
        checked.reports
    ));
    for note in &verdict.notes {
        output.say(format!("  note: {}", crate::table::visible(note)));
    }
    for problem in &verdict.problems {
        output.say(crate::table::visible(&format!("  WRONG: {}: {}", problem.what, problem.message)));
    }
    match verdict.problems.len() {
        0 => output.say("Everything holds. A directory shows a change; it cannot prevent one."),
        count => output.say(format!("{count} things do not hold.")),
    }
}

pub(super) fn say_download(verdict: &download::Verdict, output: &Output) {
    let download::Verdict { report_id, files, bytes, evidence, rows, left_out, problems, strangers } = verdict;
    let report_id = report_id.as_deref().unwrap_or("(unknown)");
    output.say(format!(
        "Report {report_id}: read {files} files of {bytes} bytes; evidence: {evidence} with {rows} rows."
    ));
    for stranger in strangers {
        output
            .say(crate::table::visible(&format!("  note: {stranger}: not part of the report; nothing vouches for it")));
    }
    if *left_out > 0 {
        output.say(format!("  note: {left_out} evidence documents are not here and were not checked"));
    }
    for problem in problems {
        output.say(crate::table::visible(&format!("  WRONG: {}: {}", problem.what, problem.message)));
    }
    match problems.len() {
        0 => UNPROVEN.iter().for_each(|line| output.say(line)),
        count => output.say(format!("{count} things do not hold.")),
    }
}

// What a person must not read into it.
const UNPROVEN: [&str; 4] = [
    "Everything that is here holds: the report is the one its id names, and rests on exactly this evidence.",
    "This does not show when it was made and by whom, or that nobody made a folder as whole as this one",
    "later: the signed log that shows it does not exist yet. That the files follow from the evidence is shown",
    "by `exhibit reproduce`.",
];
