//! `exhibit reproduce`

use super::{
    Output,
    verify::{By, check, say_received},
};
use crate::{CommandError, ExitCode};
use bundle::{Files as _, RECORD, RemadeFile};
use catalog::Catalog;
use clap::Args;
use domain::{ReportRecord, Snapshot};
use serde::Serialize;
use std::path::{Path, PathBuf};
use verify::download::{Folder, Received};

#[derive(Debug, Args)]
pub(super) struct Reproduce {
    /// The bundle, or the folder of a downloaded report, with its evidence.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Also write what was made into this folder.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// The verification key of the log, or a file with it. Given, everything is verified first.
    #[arg(long, value_name = "VKEY")]
    key: Vec<String>,
}

#[derive(Serialize)]
struct Answer {
    report_id: String,
    equal: bool,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    name: String,
    equal: bool,
    recorded: String,
    made: String,
}

impl Reproduce {
    pub(super) fn run(self, output: &Output) -> Result<ExitCode, CommandError> {
        let files = Received::open(&self.bundle)?;
        // What is not what it has to be is named first: making something of it would prove nothing.
        if !self.key.is_empty() {
            let by = By { key: self.key.clone(), since: None, witness: Vec::new(), without_remaking: true };
            let verdict = check(&files, &by, output)?;
            if !verdict.holds() {
                say_received(&verdict, &by, output);
                output.answer(&verdict)?;
                return Ok(ExitCode::DoesNotHold);
            }
        }
        let record: ReportRecord = serde_json::from_slice(&read(&files, RECORD)?)?;
        let spinner = output.spinner("making it again");
        let remade = remake(&files, &record);
        spinner.finish_and_clear();
        let remade = remade?;
        if let Some(out) = &self.out {
            write(&remade, out)?;
        }
        let equal: Vec<bool> = remade.iter().map(|file| file.is_equal() && is_in(&files, file)).collect();
        say(&record, &remade, &equal, output)
    }
}

// The file that came with the bundle, not only what the record says of it.
fn is_in(files: &Received, file: &RemadeFile) -> bool {
    files.read(&file.name).is_ok_and(|bytes| bytes == file.bytes)
}

fn read(files: &Received, name: &str) -> Result<Vec<u8>, CommandError> {
    files.read(name).map_err(|error| CommandError::Invalid(format!("{name}: {error}")))
}

fn remake(files: &Received, record: &ReportRecord) -> Result<Vec<RemadeFile>, CommandError> {
    let object = |artifact: &domain::ArtifactReference| {
        let name = bundle::object_name(&artifact.key);
        files.expect(&name, artifact).map_err(|error| CommandError::DoesNotHold(format!("{name}: {error}")))
    };
    let snapshot: Snapshot = serde_json::from_slice(&object(&record.snapshot)?)?;
    let catalog = Catalog::from_archive(&object(&snapshot.catalog)?)?;
    let workspace = tempfile::tempdir().map_err(CommandError::file("the temporary folder"))?;
    if let Some(absent) = snapshot.evidence.iter().find(|frozen| !files.has(&bundle::object_name(&frozen.artifact.key)))
    {
        let message = format!("there is nothing to make it from: {} is not in the bundle", absent.evidence_id);
        return Err(CommandError::Invalid(message));
    }
    bundle::remake(files, record, snapshot, &catalog, workspace.path()).map_err(CommandError::DoesNotHold)
}

fn write(remade: &[RemadeFile], out: &Path) -> Result<(), CommandError> {
    let folder = Folder::create(out)?;
    for file in remade {
        folder.put(&file.name, &file.bytes)?;
    }
    Ok(())
}

fn say(
    record: &ReportRecord,
    remade: &[RemadeFile],
    equal: &[bool],
    output: &Output,
) -> Result<ExitCode, CommandError> {
    let word = |equal: bool| if equal { "equal" } else { "DIFFERENT" };
    let row = |(file, equal): (&RemadeFile, &bool)| {
        vec![format!("  {}", word(*equal)), file.made.to_string(), file.name.clone()]
    };
    output.table(&remade.iter().zip(equal).map(row).collect::<Vec<_>>());
    let all = equal.iter().all(|equal| *equal);
    output.say(match all {
        true => format!(
            "The report {} follows from its evidence: every file came out byte by byte as it is here.",
            record.report_id
        ),
        false => format!(
            "The report {} does NOT follow from its evidence here: either a file was changed together with its record, or it was made by \
             another version of Exhibit than this one ({}).",
            record.report_id,
            env!("CARGO_PKG_VERSION")
        ),
    });
    let file = |(file, equal): (&RemadeFile, &bool)| File {
        name: file.name.clone(),
        equal: *equal,
        recorded: file.recorded.to_string(),
        made: file.made.to_string(),
    };
    let files = remade.iter().zip(equal).map(file).collect();
    output.answer(&Answer { report_id: record.report_id.to_string(), equal: all, files })?;
    Ok(if all { ExitCode::Done } else { ExitCode::DoesNotHold })
}
