//! `exhibit reproduce`

use super::{
    Output,
    verify::{check, say_download},
};
use crate::{
    CommandError, ExitCode,
    reproduction::{Remade, reproduce},
};
use clap::Args;
use domain::ReportRecord;
use serde::Serialize;
use std::path::{Path, PathBuf};
use verify::download::Folder;

#[derive(Debug, Args)]
pub(super) struct Reproduce {
    /// The folder of a downloaded report, with its evidence.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Also write what was made into this folder.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
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
    pub(super) async fn run(self, output: &Output) -> Result<ExitCode, CommandError> {
        let folder = Folder::open(&self.folder)?;
        // What is not what it has to be is named first: making something of it would prove nothing.
        let verdict = check(&folder, output)?;
        if !verdict.holds() {
            say_download(&verdict, output);
            output.answer(&verdict)?;
            return Ok(ExitCode::DoesNotHold);
        }
        if verdict.left_out > 0 {
            let message =
                format!("{} was downloaded without evidence: there is nothing to make it from", self.folder.display());
            return Err(CommandError::Invalid(message));
        }
        let record: ReportRecord = serde_json::from_slice(&folder.record_bytes()?)?;
        let workspace = tempfile::tempdir().map_err(CommandError::file("the temporary folder"))?;
        let spinner = output.spinner("making it again");
        let remade = reproduce(&folder, &record, workspace.path()).await;
        spinner.finish_and_clear();
        let remade = remade?;
        if let Some(out) = &self.out {
            write(&remade, out)?;
        }
        say(&record, &remade, output)
    }
}

fn write(remade: &[Remade], out: &Path) -> Result<(), CommandError> {
    let folder = Folder::create(out)?;
    for file in remade {
        folder.put(&file.name, &file.bytes)?;
    }
    Ok(())
}

fn say(record: &ReportRecord, remade: &[Remade], output: &Output) -> Result<ExitCode, CommandError> {
    let equal = remade.iter().all(Remade::is_equal);
    let word = |file: &Remade| if file.is_equal() { "equal" } else { "DIFFERENT" };
    let row = |file: &Remade| vec![format!("  {}", word(file)), file.made.to_string(), file.name.clone()];
    output.table(&remade.iter().map(row).collect::<Vec<_>>());
    output.say(match equal {
        true => format!(
            "The report {} follows from its evidence: every file came out byte by byte as it is recorded.",
            record.report_id
        ),
        false => format!(
            "The report {} does NOT follow from its evidence here: either a file was changed together with its record, or it was made by \
             another version of Exhibit than this one ({}).",
            record.report_id,
            env!("CARGO_PKG_VERSION")
        ),
    });
    let file = |file: &Remade| File {
        name: file.name.clone(),
        equal: file.is_equal(),
        recorded: file.recorded.to_string(),
        made: file.made.to_string(),
    };
    let files = remade.iter().map(file).collect();
    output.answer(&Answer { report_id: record.report_id.to_string(), equal, files })?;
    Ok(if equal { ExitCode::Done } else { ExitCode::DoesNotHold })
}
