//! `exhibit demo`

use super::{Output, collect::Tally, report, verify as verify_command};
use crate::{
    CommandError, ExitCode, Home, Layout,
    collection::{Selection, Task, collect_all, tasks},
    pipeline,
    sealing::{OwnLog, commit_slots},
};
use clap::Args;
use demo::Organisation;
use domain::{Actor, FrameworkId, Outcome, Timestamp};
use jiff::ToSpan as _;
use runtime::{Clock, Configuration};
use serde::Serialize;
use std::{fs, path::Path, time::Instant};
use storage::Storage;

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Another organisation: each seed makes one, always the same.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// How many slots are collected at once.
    #[arg(long, default_value_t = 4, value_name = "N")]
    at_once: usize,
}

const FRAMEWORKS: [&str; 2] = ["soc2", "sox"];

#[derive(Serialize)]
struct Answer {
    folder: String,
    collection: Tally,
    reports: Vec<report::Answer>,
    verdict: verify::custody::Verdict,
}

impl Demo {
    pub(super) async fn run(self, folder: &Path, output: &Output) -> Result<ExitCode, CommandError> {
        let begun = Instant::now();
        let organisation = demo::organisation(self.seed);
        let home = prepare(folder, &organisation, output)?;
        commit(&home, &organisation).await?;
        let collection = self.collect(&home, &organisation, output).await?;
        let mut reports = Vec::new();
        for framework in FRAMEWORKS {
            reports.push(report(&home, &organisation, framework, output).await?);
        }
        OwnLog::of(&home).seal().await?;
        let trust = OwnLog::of(&home).keys().await?.trust();
        let verdict = verify::custody::verify(&home.storage, &trust, None).await?;
        output.say("");
        verify_command::say(&verdict, true, output);
        say_what_next(folder, &reports, begun, output);
        let holds = verdict.holds();
        output.answer(&Answer { folder: folder.display().to_string(), collection, reports, verdict })?;
        Ok(if holds { ExitCode::Done } else { ExitCode::DoesNotHold })
    }

    async fn collect(&self, home: &Home, organisation: &Organisation, output: &Output) -> Result<Tally, CommandError> {
        let tasks = quarter(home, organisation, home.clock.now())?;
        let count = tasks.len();
        let bar = output.progress("collecting", count);
        let all = collect_all(home, tasks, self.at_once, |_| bar.inc(1)).await;
        bar.finish_and_clear();
        let tally = Tally::of(&all);
        output.say(format!("{count} slots of {} were due: {}", organisation.period, tally.sentence()));
        super::collect::say_failures(&tally, output);
        Ok(tally)
    }
}

fn prepare(folder: &Path, organisation: &Organisation, output: &Output) -> Result<Home, CommandError> {
    let configuration = Configuration {
        tenant: organisation.tenant.clone(),
        actor: Actor::new("demo@exhibit").map_err(|error| CommandError::Invalid(error.to_string()))?,
        since: None,
        origin: None,
        sources: "sources".into(),
        catalog: None,
        files: Default::default(),
    };
    if !configuration.write_new(folder)? && Configuration::read(folder)? != configuration {
        let message = format!(
            "{} is a data directory of somebody else: give the demo one of its own with --data",
            folder.display()
        );
        return Err(CommandError::Invalid(message));
    }
    let sources = folder.join(&configuration.sources);
    let spinner = output.spinner("making the organisation");
    write_files(organisation, &sources)?;
    spinner.finish_and_clear();
    let layout = Layout::of(folder);
    let storage = Storage::embedded(&layout.custody)?;
    let mut home = Home::with_storage(layout, configuration, storage, Clock::System)?;
    home.clock = Clock::Fixed(after_the_last_collection(&home, organisation)?);
    output.say(format!("The files of {} are in {}.", organisation.tenant, sources.display()));
    Ok(home)
}

// As an organisation that had begun by then would have: before the first period is over.
async fn commit(home: &Home, organisation: &Organisation) -> Result<(), CommandError> {
    let mut early = home.clone();
    early.clock = Clock::Fixed(organisation.period.start());
    commit_slots(&early).await.map(drop)
}

async fn report(
    home: &Home,
    organisation: &Organisation,
    framework: &str,
    output: &Output,
) -> Result<report::Answer, CommandError> {
    let framework = FrameworkId::new(framework).map_err(|error| CommandError::Invalid(error.to_string()))?;
    let request = pipeline::request(home, framework, organisation.period)?;
    let spinner = output.spinner("Snapshot");
    let finished = pipeline::report(home, &request, |step| spinner.set_message(step)).await;
    spinner.finish_and_clear();
    let finished = finished?;
    let content = report::content(home, &finished.record).await?;
    output.say("");
    output.say(format!("{} {}, {}", content.framework_title, content.inputs.period, finished.record.report_id));
    output.say(report::summary(&content));
    let concluded = |finding: &domain::Finding| {
        vec![format!("  {}", word(finding.outcome)), finding.control.to_string(), finding.reason.clone()]
    };
    let notable = content.findings.iter().filter(|finding| finding.outcome != Outcome::Pass);
    output.table(&notable.map(concluded).collect::<Vec<_>>());
    report::answer(home, &finished, Some(&home.layout.directory.join("reports"))).await
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Partial => "partial",
        Outcome::Fail => "fail",
        Outcome::NotEvaluated => "not evaluated",
    }
}

fn say_what_next(folder: &Path, reports: &[report::Answer], begun: Instant, output: &Output) {
    output.say("");
    for file in reports.iter().flat_map(|report| &report.files) {
        output.say(format!("{}  {}", file.sha256, file.path));
    }
    output.say("");
    output.say("The same seed gives these digests on every machine and day: the demo collects as if each slot");
    output.say(format!(
        "had been collected when it was due. It took {:.1} s. Go on with:",
        begun.elapsed().as_secs_f64()
    ));
    let data = folder.display();
    output.say(format!("  exhibit --data {data} status --period 2026-Q3"));
    output.say(format!("  exhibit --data {data} verify"));
    if let Some(report) = reports.first() {
        let id: String = report.report_id.chars().take(12).collect();
        output.say(format!(
            "  exhibit --data {data} query --report {id} \"SELECT control_id, count(*) FROM evidence GROUP BY 1\""
        ));
    }
}

/// Writes what the sources of the organisation deliver. A file that is there already stays as it is.
fn write_files(organisation: &Organisation, sources: &Path) -> Result<(), CommandError> {
    for (name, bytes) in organisation.files() {
        let path = sources.join(&name);
        match fs::read(&path) {
            Ok(there) if there == bytes => continue,
            Ok(_) => {
                let message = format!(
                    "{} is of another organisation: give the demo a folder of its own with --data",
                    path.display()
                );
                return Err(CommandError::Invalid(message));
            }
            Err(_) => {}
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(CommandError::file(folder))?;
        }
        fs::write(&path, bytes).map_err(CommandError::file(&path))?;
    }
    Ok(())
}

fn quarter(home: &Home, organisation: &Organisation, now: Timestamp) -> Result<Vec<Task>, CommandError> {
    let selection = Selection { window: Some(organisation.period), ..Selection::default() };
    tasks(home, &selection, now)
}

// The reports are asked for an hour after the last slot of the quarter was due.
fn after_the_last_collection(home: &Home, organisation: &Organisation) -> Result<Timestamp, CommandError> {
    let all = quarter(home, organisation, Timestamp::MAX)?;
    let last = all.iter().map(|task| task.scheduled_at).max().unwrap_or(organisation.period.end());
    Ok(last.checked_add(1.hour()).unwrap_or(last))
}
