//! The main job, end to end.

use super::{
    Bench, Choice, process,
    table::{aligned, megabytes},
};
use crate::{Result, TaskError};
use std::process::Command;

/// Measures `exhibit demo` in an empty folder.
pub fn run(bench: &Bench, choice: &Choice) -> Result<()> {
    println!("\nexhibit demo: makes an organisation, collects a quarter, reports, verifies");
    let exhibit = bench.build("exhibit", "exhibit")?;
    let folders = (0..choice.runs).map(|_| tempfile::tempdir_in(&bench.folder)).collect::<std::io::Result<Vec<_>>>();
    let folders = folders.map_err(|source| TaskError::File { path: bench.folder.display().to_string(), source })?;
    let mut next = folders.iter();
    let sample = process::median(choice.runs, || {
        let mut command = Command::new(&exhibit);
        command.arg("demo");
        if let Some(folder) = next.next() {
            command.current_dir(folder.path());
        }
        command
    })?;
    let row = vec![
        "exhibit demo".to_owned(),
        format!("{:.2}", sample.wall),
        format!("{:.2}", sample.cpu),
        megabytes(sample.peak),
    ];
    println!("{}", aligned(&["program", "wall s", "CPU s", "peak MB"], &[row]));
    Ok(())
}
