//! `exhibit download`

use super::Output;
use crate::{CommandError, ExitCode, Home, download, download::Downloaded, pipeline};
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
    /// Leave the evidence documents out. Such a folder can be verified in part, and not reproduced.
    #[arg(long)]
    pub(super) without_evidence: bool,
}

impl Download {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let record = pipeline::find(home, &self.report).await?;
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

pub(super) fn say(written: &Downloaded, output: &Output) -> Result<ExitCode, CommandError> {
    let Downloaded { report_id, folder, files, bytes, evidence } = written;
    output.say(format!(
        "The report {report_id} is in {folder}: {files} files of {bytes} bytes, {evidence} of them evidence documents."
    ));
    output.say(format!("Check it on any machine: exhibit verify {folder}"));
    if *evidence > 0 {
        output.say(format!("Make it again there:     exhibit reproduce {folder}"));
    }
    output.answer(written)?;
    Ok(ExitCode::Done)
}
