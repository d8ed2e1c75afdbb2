//! `exhibit download` and `exhibit bundle`

use super::Output;
use crate::{CommandError, ExitCode, Home, download, download::Downloaded, pipeline, sealing::OwnLog};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Download {
    /// The report: its id, the first digits of it, or the id of a run that made it.
    #[arg(value_name = "REPORT")]
    pub(super) report: String,
    /// The folder to write into; nothing that is there is overwritten.
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: PathBuf,
    /// Leave the evidence documents out: their digests alone. Such a folder can be verified in part, and not reproduced.
    #[arg(long)]
    pub(super) without_evidence: bool,
}

#[derive(Debug, Args)]
pub(super) struct Bundle {
    /// The report: its id, the first digits of it, or the id of a run that made it.
    #[arg(value_name = "REPORT")]
    pub(super) report: String,
    /// The folder to write `report-<id>.zip` into.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(super) out: PathBuf,
    /// Leave the evidence documents out: their digests alone. Such a bundle can be verified in part, and not reproduced.
    #[arg(long)]
    pub(super) without_evidence: bool,
}

impl Download {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let record = pipeline::find(home, &self.report).await?;
        // What was done just now belongs into it.
        OwnLog::of(home).seal().await?;
        let bar = output.progress("downloading", 0);
        let written = download::download(home, &record, &self.out, !self.without_evidence, |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        });
        let written = written.await;
        bar.finish_and_clear();
        say(&written?, output)
    }
}

impl Bundle {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let record = pipeline::find(home, &self.report).await?;
        OwnLog::of(home).seal().await?;
        std::fs::create_dir_all(&self.out).map_err(CommandError::file(&self.out))?;
        let path = self.out.join(format!("report-{}.zip", record.report_id));
        let bar = output.progress("packing", 0);
        let written = download::bundle(home, &record, &path, !self.without_evidence, |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        });
        let written = written.await;
        bar.finish_and_clear();
        say(&written?, output)
    }
}

pub(super) fn say(written: &Downloaded, output: &Output) -> Result<ExitCode, CommandError> {
    let Downloaded { report_id, place, files, bytes, evidence } = written;
    output.say(format!(
        "The report {report_id} is in {place}: {files} files of {bytes} bytes, {evidence} of them evidence documents."
    ));
    output.say(format!("Check it on any machine: exhibit verify {place} --key VKEY"));
    output.say("VKEY is the log's verification key (`exhibit log key`), from where you publish it.");
    output.answer(written)?;
    Ok(ExitCode::Done)
}
