//! `exhibit verify`

use super::Output;
use crate::{CommandError, ExitCode, Layout};
use runtime::Configuration;
use std::path::Path;
use storage::Storage;
use verify::custody::{Verdict, verify};

/// Needs neither the catalog nor the sources: only what is kept.
pub(super) async fn run(data: &Path, output: &Output) -> Result<ExitCode, CommandError> {
    Configuration::read(data)?;
    let storage = Storage::embedded_existing(&Layout::of(data).custody)?;
    let spinner = output.spinner("verifying");
    let verdict = verify(&storage).await;
    spinner.finish_and_clear();
    let verdict = verdict?;
    say(&verdict, output);
    output.answer(&verdict)?;
    Ok(if verdict.holds() { ExitCode::Done } else { ExitCode::DoesNotHold })
}

pub(super) fn say(verdict: &Verdict, output: &Output) {
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
