//! `exhibit verify`

use super::Output;
use crate::{CommandError, ExitCode, Layout, sealing::LogKeys};
use bundle::{Checked, LogVerdict, Options, Since, Verdict};
use clap::Args;
use custody_log::{Trust, VerificationKey, WitnessKey};
use runtime::Configuration;
use std::path::{Path, PathBuf};
use storage::Storage;
use verify::{custody, download::Received};

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A bundle (report-….zip), or the folder of a downloaded report: checked by itself, offline. With --api: the report's id, which is
    /// downloaded and then checked the same way. Without any: everything that the data directory keeps.
    #[arg(value_name = "BUNDLE or REPORT")]
    pub(super) what: Option<PathBuf>,
    #[command(flatten)]
    pub(super) by: By,
}

/// What to check by.
#[derive(Debug, Clone, Args)]
pub(super) struct By {
    /// The verification key of the log, or a file with it, from where its owner publishes it; several when it was handed over. A data
    /// directory is checked by its own unless given.
    #[arg(long, value_name = "VKEY")]
    pub(super) key: Vec<String>,
    /// A checkpoint that was kept from an earlier time: nothing before it may have changed since.
    #[arg(long, value_name = "FILE")]
    pub(super) since: Option<PathBuf>,
    /// The key of a witness, or a file with it: its cosignature has to be on the checkpoint. May be given several times.
    #[arg(long, value_name = "VKEY")]
    pub(super) witness: Vec<String>,
    /// Do not make the report again. Faster, and what is checked says so.
    #[arg(long)]
    pub(super) without_remaking: bool,
}

impl By {
    /// The keys that were given.
    pub(super) fn trust(&self) -> Result<Trust, CommandError> {
        let key = |text: &String| -> Result<VerificationKey, CommandError> { parsed(text) };
        let witness = |text: &String| -> Result<WitnessKey, CommandError> { parsed(text) };
        Ok(Trust {
            keys: self.key.iter().map(key).collect::<Result<_, _>>()?,
            witnesses: self.witness.iter().map(witness).collect::<Result<_, _>>()?,
        })
    }

    fn since(&self) -> Result<Option<Since>, CommandError> {
        let read = |path: &PathBuf| std::fs::read(path).map_err(CommandError::file(path)).map(Since);
        self.since.as_ref().map(read).transpose()
    }

    // Somebody else's bundle by its own word proves nothing.
    fn required(&self) -> Result<Trust, CommandError> {
        if self.key.is_empty() {
            let message = "give --key: the verification key of the log, from where its owner publishes it. What is in the bundle \
                           cannot vouch for itself";
            return Err(CommandError::Invalid(message.to_owned()));
        }
        self.trust()
    }
}

// The text itself, or a file with it.
pub(super) fn parsed<T: std::str::FromStr<Err = custody_log::LogError>>(text: &str) -> Result<T, CommandError> {
    let path = Path::new(text);
    let text = match path.is_file() {
        true => std::fs::read_to_string(path).map_err(CommandError::file(path))?,
        false => text.to_owned(),
    };
    text.trim().parse().map_err(|error: custody_log::LogError| CommandError::Invalid(error.to_string()))
}

impl Verify {
    /// Whether it is about a bundle on this machine, whatever else there is.
    pub(super) fn is_offline(&self) -> bool {
        self.what.as_ref().is_some_and(|what| what.exists())
    }

    pub(super) async fn run(self, data: &Path, output: &Output) -> Result<ExitCode, CommandError> {
        match &self.what {
            Some(path) => received(path, &self.by, output),
            None => kept(data, &self.by, output).await,
        }
    }
}

// Needs neither the catalog nor the sources: only what is kept.
async fn kept(data: &Path, by: &By, output: &Output) -> Result<ExitCode, CommandError> {
    let configuration = Configuration::read(data)?;
    let storage = Storage::embedded_existing(&Layout::of(data).custody)?;
    let own = by.key.is_empty();
    let mut trust = by.trust()?;
    if own && LogKeys::are_in(data) {
        trust.keys = LogKeys::read(data, &configuration.log_origin())?.trust().keys;
    }
    let spinner = output.spinner("verifying");
    let verdict = Box::pin(custody::verify(&storage, &trust, by.since()?.as_ref())).await;
    spinner.finish_and_clear();
    let verdict = verdict?;
    say(&verdict, own, output);
    output.answer(&verdict)?;
    Ok(if verdict.holds() { ExitCode::Done } else { ExitCode::DoesNotHold })
}

fn received(path: &Path, by: &By, output: &Output) -> Result<ExitCode, CommandError> {
    let verdict = check(&Received::open(path)?, by, output)?;
    say_received(&verdict, by, output);
    output.answer(&verdict)?;
    Ok(if verdict.holds() { ExitCode::Done } else { ExitCode::DoesNotHold })
}

pub(super) fn check(files: &impl bundle::Files, by: &By, output: &Output) -> Result<Verdict, CommandError> {
    let workspace = tempfile::tempdir().map_err(CommandError::file("the temporary folder"))?;
    let options = Options {
        trust: by.required()?,
        since: by.since()?,
        workspace: (!by.without_remaking).then(|| workspace.path().to_owned()),
    };
    let spinner = output.spinner("verifying");
    let verdict = bundle::verify(files, &options);
    spinner.finish_and_clear();
    verdict.map_err(|error| CommandError::Invalid(error.to_string()))
}

pub(super) fn say(verdict: &custody::Verdict, own_key: bool, output: &Output) {
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
    verdict.logs.iter().for_each(|log| say_log(log, output));
    for note in &verdict.notes {
        output.say(format!("  note: {}", crate::table::visible(note)));
    }
    if own_key {
        output.say("  note: checked by the data directory's own key: give --key, and --since or --witness, to depend on it less");
    }
    for problem in &verdict.problems {
        output.say(crate::table::visible(&format!("  WRONG: {}: {}", problem.what, problem.message)));
    }
    match verdict.problems.len() {
        0 => output.say("Everything holds. A directory shows a change; it cannot prevent one."),
        count => output.say(format!("{count} things do not hold.")),
    }
}

fn say_log(log: &LogVerdict, output: &Output) {
    output.say(format!("  log        {} has {} entries, root {}", log.origin, log.size, log.root));
    for key in &log.signed_by {
        output.say(format!("  signed by  {key}"));
    }
    for (witness, at) in &log.cosigned_by {
        output.say(format!("  witnessed  by {witness} at {at}"));
    }
    if let Some(since) = log.since {
        output.say(format!("  since      the first {since} entries are those of the checkpoint that was kept"));
    }
}

pub(super) fn say_received(verdict: &Verdict, by: &By, output: &Output) {
    output.say(format!("Report {}", verdict.report_id.as_deref().unwrap_or("(unknown)")));
    say_checked(&verdict.checked, output);
    if let Some(log) = &verdict.log {
        say_log(log, output);
    }
    for stranger in &verdict.strangers {
        output
            .say(crate::table::visible(&format!("  note: {stranger}: not part of the report; nothing vouches for it")));
    }
    if verdict.left_out > 0 {
        output.say(format!(
            "  note: {} evidence documents are not here: their digests alone were checked",
            verdict.left_out
        ));
    }
    for note in &verdict.notes {
        output.say(crate::table::visible(&format!("  note: {note}")));
    }
    for problem in &verdict.problems {
        output.say(crate::table::visible(&format!("  WRONG: {}: {}", problem.what, problem.message)));
    }
    match verdict.problems.len() {
        0 => say_what_holds(verdict, by, output),
        count => output.say(format!("{count} things do not hold.")),
    }
}

fn say_checked(checked: &Checked, output: &Output) {
    let lines = [
        format!("  files      {} of {} bytes are what was signed", checked.files, checked.bytes),
        format!("  evidence   {} documents with {} rows", checked.evidence, checked.rows),
        format!("  findings   {} rows, each traced to evidence", checked.finding_rows),
        format!(
            "  slots      {} were committed and due ({} before their period began), each is accounted for; gaps named: {}",
            checked.slots, checked.committed_before, checked.gaps
        ),
        format!("  entries    {} of the log, {} periods sealed", checked.entries, checked.periods),
        format!("  made again {} files, byte by byte", checked.remade),
    ];
    lines.iter().for_each(|line| output.say(line));
}

// What a person may read into it, and what not.
fn say_what_holds(verdict: &Verdict, by: &By, output: &Output) {
    output.say("Everything holds.");
    if verdict.log.as_ref().is_some_and(|log| log.cosigned_by.is_empty()) {
        output.say("No witness outside has cosigned the log: its owner could have shown others another one.");
    }
    if by.since.is_none() {
        output.say("Keep log/checkpoint: given as --since next time, it shows that nothing of this was changed.");
    }
}
