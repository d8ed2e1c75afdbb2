//! The log and bundles: appending, verifying against `sha256sum` of the same bytes, tracing one row.

use super::{
    Bench, Choice, process,
    table::{aligned, megabytes, times},
};
use crate::{
    Result, TaskError,
    workspace::{output, succeed},
};
use std::{path::Path, process::Command};

const EVENTS: usize = 20_000;
const DOCUMENTS: usize = 100_000;
const ROW: &str = "second-factor/1";

/// Measures and prints.
pub fn run(bench: &Bench, choice: &Choice) -> Result<()> {
    let measure = bench.build("tests", "measure")?;
    append(&measure)?;
    let folder = bench.folder.join("proof");
    println!("\na bundle of {DOCUMENTS} pieces of evidence");
    succeed(Command::new(&measure).arg("bundle").arg(&folder).arg(DOCUMENTS.to_string()))?;
    verify(bench, choice, &folder)?;
    std::fs::remove_dir_all(&folder).map_err(|source| TaskError::File { path: folder.display().to_string(), source })
}

fn append(measure: &Path) -> Result<()> {
    println!("\nthe log: {EVENTS} events that wait, then 10 at a time (embedded, key file)");
    let answer = output(Command::new(measure).args(["append", &EVENTS.to_string()]))?;
    let rows =
        String::from_utf8_lossy(&answer).lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    let rows: Vec<Vec<String>> = rows;
    println!("{}", aligned(&["what", "value"], &rows));
    Ok(())
}

fn verify(bench: &Bench, choice: &Choice, folder: &Path) -> Result<()> {
    let exhibit = bench.build("exhibit", "exhibit")?;
    let (zip, key) = (folder.join("bundle.zip"), folder.join("log.vkey"));
    let sha256sum = || {
        let mut command = Command::new("sha256sum");
        command.arg(&zip);
        command
    };
    let verify = || {
        let mut command = Command::new(&exhibit);
        command.arg("verify").arg(&zip).arg("--key").arg(&key).arg("--without-remaking");
        command
    };
    let trace = || {
        let mut command = Command::new(&exhibit);
        command.arg("trace").arg(&zip).arg(ROW);
        command
    };
    let length = std::fs::metadata(&zip).map_or(0, |found| found.len());
    // Once before, so that each finds the file in memory.
    process::median(1, sha256sum)?;
    let peer = process::median(choice.runs, sha256sum)?;
    let mut rows = Vec::new();
    for (name, sample) in [
        ("sha256sum", peer),
        ("exhibit verify, without remaking", process::median(choice.runs, verify)?),
        ("exhibit trace, one row", process::median(choice.runs, trace)?),
    ] {
        let figures = [
            format!("{:.3}", sample.wall),
            format!("{:.3}", sample.cpu),
            megabytes(sample.peak),
            times(sample.wall, peer.wall),
        ];
        rows.push(std::iter::once(name.to_owned()).chain(figures).collect::<Vec<_>>());
    }
    println!("{} MB", megabytes(length));
    println!("{}", aligned(&["program", "wall s", "CPU s", "peak MB", "of sha256sum"], &rows));
    Ok(())
}
