//! The reports of the demo as bundles: what other machines have to make again.

use crate::{
    Result, TaskError,
    workspace::{cargo, output, show, succeed, target},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The bundles, and the key of the log in them.
pub struct Bundles {
    /// The log's verification key.
    pub key: String,
    /// A file each.
    pub paths: Vec<PathBuf>,
}

/// Makes the demo below `folder` with the command built for this machine, and a bundle of each of its reports.
pub fn make(folder: &Path) -> Result<Bundles> {
    succeed(&mut cargo(&["build", "--release", "--locked", "--quiet", "-p", "exhibit"]))?;
    let data = folder.join("data");
    println!("making the demo in {}", data.display());
    succeed(exhibit(&data)?.arg("demo").stdout(Stdio::null()))?;
    let bundles = folder.join("bundles");
    for report_id in reports(&data)? {
        succeed(exhibit(&data)?.args(["bundle", &report_id, "--out"]).arg(&bundles).stdout(Stdio::null()))?;
    }
    let key = output(exhibit(&data)?.args(["log", "key"]))?;
    let entries = fs::read_dir(&bundles).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let entries = entries.map_err(|source| TaskError::File { path: bundles.display().to_string(), source })?;
    let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(Bundles { key: String::from_utf8_lossy(&key).trim().to_owned(), paths })
}

fn exhibit(data: &Path) -> Result<Command> {
    let mut command = Command::new(target()?.join("release/exhibit"));
    command.arg("--data").arg(data).stdin(Stdio::null());
    Ok(command)
}

fn reports(data: &Path) -> Result<Vec<String>> {
    let mut status = exhibit(data)?;
    status.args(["status", "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&output(&mut status)?).unwrap_or_default();
    let runs = answer.get("runs").and_then(serde_json::Value::as_array).into_iter().flatten();
    let found: Vec<_> = runs.filter_map(|run| Some(run.get("report_id")?.as_str()?.to_owned())).collect();
    match found.is_empty() {
        false => Ok(found),
        true => Err(TaskError::Answer { command: show(&status), answer: "no reports".to_owned() }),
    }
}
