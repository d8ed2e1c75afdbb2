//! `exhibit report`

use super::Output;
use crate::{
    CommandError, ExitCode, Home,
    pipeline::{self, Finished},
    sealing::commit_slots,
};
use clap::Args;
use domain::{ArtifactReference, FrameworkId, Period, Report as Content, ReportFormat, ReportRecord};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

#[derive(Debug, Args)]
pub(super) struct Report {
    /// The framework to report on: soc2, pci-dss, hipaa, gdpr, iso27001, sox.
    #[arg(long, value_name = "ID")]
    pub(super) framework: FrameworkId,
    /// The window: 2026-Q3, 2026-07, 2026, or two instants joined by two dashes.
    #[arg(long)]
    pub(super) period: Period,
    /// Also copy the report's files into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,
}

/// A report as machines read of it.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) report_id: String,
    pub(super) run_id: String,
    pub(super) existed: bool,
    pub(super) objects_read_back: u64,
    pub(super) bytes_read_back: u64,
    pub(super) files: Vec<File>,
}

#[derive(Debug, Serialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) path: String,
}

impl Report {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let request = pipeline::request(home, self.framework, self.period)?;
        commit_slots(home).await?;
        let spinner = output.spinner("Snapshot");
        let finished = pipeline::report(home, &request, |step| spinner.set_message(step)).await;
        spinner.finish_and_clear();
        let finished = finished?;
        let answer = answer(home, &finished, self.out.as_deref()).await?;
        say(home, &finished, &answer, output).await?;
        output.answer(&answer)?;
        Ok(ExitCode::Done)
    }
}

pub(super) async fn answer(home: &Home, finished: &Finished, out: Option<&Path>) -> Result<Answer, CommandError> {
    let mut files = Vec::new();
    for (name, artifact) in pipeline::files(&finished.record) {
        let path = match out {
            Some(folder) => copy(home, artifact, &folder.join(&name)).await?,
            None => home.storage.locker.link(artifact, Duration::from_secs(900)).await?,
        };
        files.push(File { name, sha256: artifact.digest.to_string(), path });
    }
    Ok(Answer {
        report_id: finished.record.report_id.to_string(),
        run_id: finished.verified.run_id.to_string(),
        existed: finished.existed,
        objects_read_back: finished.verified.objects,
        bytes_read_back: finished.verified.bytes,
        files,
    })
}

async fn copy(home: &Home, artifact: &ArtifactReference, path: &Path) -> Result<String, CommandError> {
    let bytes = home.storage.locker.fetch(artifact).await?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(CommandError::file(folder))?;
    }
    fs::write(path, bytes).map_err(CommandError::file(path))?;
    Ok(path.display().to_string())
}

async fn say(home: &Home, finished: &Finished, answer: &Answer, output: &Output) -> Result<(), CommandError> {
    let content = content(home, &finished.record).await?;
    let made = if finished.existed { "existed already and was verified again" } else { "was made and verified" };
    output.say(format!(
        "The report {} on {} over {} {made}.",
        answer.report_id, content.framework_title, content.inputs.period
    ));
    output.say(summary(&content));
    if content.inputs.period.end() > home.clock.now() {
        output.say(format!(
            "  The period goes on until {}: what is not due yet is not in it.",
            content.inputs.period.end()
        ));
    }
    say_gaps(&content, output);
    let rows: Vec<_> = answer.files.iter().map(|file| vec![format!("  {}", file.sha256), file.path.clone()]).collect();
    output.table(&rows);
    Ok(())
}

// By control and source; the report itself names each one.
pub(super) fn say_gaps(content: &Content, output: &Output) {
    let mut missing: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for gap in &content.coverage.gaps {
        let of = missing.entry((gap.control.to_string(), gap.source.to_string())).or_default();
        of.push(gap.period.to_string());
    }
    let row = |((control, source), periods): (&(String, String), &Vec<String>)| {
        let span = match periods.as_slice() {
            [only] => only.clone(),
            [first, .., last] => format!("{} of {first} to {last}", periods.len()),
            [] => String::new(),
        };
        vec!["  missing".to_owned(), control.clone(), source.clone(), span]
    };
    output.table(&missing.iter().map(row).collect::<Vec<_>>());
}

/// The report's content, out of its JSON format.
pub(super) async fn content(home: &Home, record: &ReportRecord) -> Result<Content, CommandError> {
    let json = record.artifacts.iter().find(|file| file.format == ReportFormat::Json);
    let json =
        json.ok_or_else(|| CommandError::Invalid(format!("the report {} has no JSON format", record.report_id)))?;
    Ok(serde_json::from_slice(&home.storage.locker.fetch(&json.artifact).await?)?)
}

pub(super) fn summary(content: &Content) -> String {
    let counts = &content.summary;
    format!(
        "  {} controls: {} pass, {} partial, {} fail, {} not evaluated; {} exceptions among {} examined; evidence {} of {}.",
        counts.controls,
        counts.pass,
        counts.partial,
        counts.fail,
        counts.not_evaluated,
        counts.exceptions,
        counts.examined,
        content.coverage.collected,
        content.coverage.expected
    )
}
