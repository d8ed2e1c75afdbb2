//! `exhibit catalog`

use super::Output;
use crate::{CommandError, ExitCode, shipped};
use clap::{Args, Subcommand};
use reconcile::{Tried, try_cases};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(super) enum Catalog {
    /// Read every file of a catalog and name, by file and line, what leads nowhere or cannot be run.
    Check(Place),
    /// Try every finding query on the small evidence of its cases (cases/<finding>.toml).
    Test(Place),
    /// Write the shipped catalog into a folder, to change it there. Files that are there stay as they are.
    Copy {
        /// The folder.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct Place {
    /// The folder of the catalog; the shipped one without it.
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Place {
    pub(super) fn read(&self) -> Result<catalog::Catalog, CommandError> {
        match &self.folder {
            Some(folder) => shipped::read_catalog(folder),
            None => shipped::shipped_catalog(),
        }
    }
}

#[derive(Serialize)]
struct Checked {
    digest: String,
    frameworks: usize,
    requirements: usize,
    controls: usize,
    operated: usize,
    sources: usize,
    queries: usize,
    findings: usize,
}

#[derive(Serialize)]
struct Tests {
    findings: usize,
    cases: usize,
    problems: Vec<String>,
}

impl Catalog {
    pub(super) fn run(self, output: &Output) -> Result<ExitCode, CommandError> {
        match self {
            Catalog::Check(place) => check(&place.read()?, output),
            Catalog::Test(place) => test(&place.read()?, output),
            Catalog::Copy { folder } => copy(&folder, output),
        }
    }
}

fn copy(folder: &Path, output: &Output) -> Result<ExitCode, CommandError> {
    shipped::write_catalog(folder)?;
    output.say(format!("The shipped catalog is in {}.", folder.display()));
    output.answer(&serde_json::json!({ "folder": folder }))?;
    Ok(ExitCode::Done)
}

fn check(catalog: &catalog::Catalog, output: &Output) -> Result<ExitCode, CommandError> {
    let checked = Checked {
        digest: catalog.digest().to_string(),
        frameworks: catalog.frameworks().count(),
        requirements: catalog.frameworks().map(|framework| framework.requirements.len()).sum(),
        controls: catalog.all_controls().count(),
        operated: catalog.controls().count(),
        sources: catalog.sources().count(),
        queries: catalog.source_queries().count(),
        findings: catalog.finding_queries().count(),
    };
    output.say(format!(
        "{} controls, {} of them operated, for {} requirements of {} frameworks; {} sources, {} queries to them, {} finding \
         queries. Everything that is named is there.",
        checked.controls,
        checked.operated,
        checked.requirements,
        checked.frameworks,
        checked.sources,
        checked.queries,
        checked.findings
    ));
    output.say(format!("Catalog {}", checked.digest));
    output.answer(&checked)?;
    Ok(ExitCode::Done)
}

fn test(catalog: &catalog::Catalog, output: &Output) -> Result<ExitCode, CommandError> {
    let workspace = tempfile::tempdir().map_err(CommandError::file(Path::new("the temporary folder")))?;
    let tried = try_cases(catalog, workspace.path());
    let of_one =
        |one: &Tried| one.problems.iter().map(|problem| format!("{}: {problem}", one.finding)).collect::<Vec<_>>();
    let tests = Tests {
        findings: tried.len(),
        cases: tried.iter().map(|one| one.cases).sum(),
        problems: tried.iter().flat_map(of_one).collect(),
    };
    tests.problems.iter().for_each(|problem| output.say(crate::table::visible(problem)));
    output.say(format!(
        "{} finding queries on {} cases: {}.",
        tests.findings,
        tests.cases,
        wrong(tests.problems.len())
    ));
    output.answer(&tests)?;
    Ok(if tests.problems.is_empty() { ExitCode::Done } else { ExitCode::DoesNotHold })
}

fn wrong(count: usize) -> String {
    match count {
        0 => "each judges as its cases say, and shows pass, partial and fail".to_owned(),
        1 => "one thing is wrong".to_owned(),
        many => format!("{many} things are wrong"),
    }
}
