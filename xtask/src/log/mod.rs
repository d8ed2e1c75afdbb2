//! `cargo xtask log`: the log of the demo, read and verified by an implementation that is not ours.

use crate::{
    Result, TaskError, python,
    workspace::{cargo, output, root, succeed, target},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

pub const HELP: &str = "\
The log of the demo, exported, read and verified by PyPI's aics-tlog, which knows nothing of Exhibit.

Usage: cargo xtask log

Makes the demo in a temporary folder and exports its log; hands over to a new key, lets a witness cosign, and exports it again.
Checked are: the checkpoints under each key, every tile and bundle against the root, the inclusion of every entry, the consistency of
the two, the proofs of `exhibit log prove` and the cosignature. `cargo xtask test log` does the same.";

pub const BY_HAND: &str = "cargo xtask log";

/// What is exported, and what a stranger needs to check it.
struct Exported {
    folder: PathBuf,
    keys: Vec<String>,
    witness: String,
}

const WITNESS: &str = "auditor.example/witness";

pub fn run(arguments: &[String]) -> Result<()> {
    match arguments.first() {
        Some(other) => Err(TaskError::Usage(format!("log takes no {other:?}\n\n{HELP}"))),
        None => check().map(|note| println!("{note}")),
    }
}

/// Gives what was checked, in a line.
pub fn check() -> Result<String> {
    // As the tests build it, so that both are one build.
    succeed(&mut cargo(&[
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--workspace",
        "--features",
        "lambda",
        "--bin",
        "exhibit",
    ]))?;
    let temporary = tempfile::tempdir();
    let temporary = temporary.map_err(|source| TaskError::File { path: "the temporary folder".to_owned(), source })?;
    let exported = export(temporary.path())?;
    let mut command = Command::new(python::program("log", "python")?);
    command
        .arg(root().join("xtask/src/log/check.py"))
        .arg(&exported.folder)
        .args(&exported.keys)
        .arg(&exported.witness);
    Ok(String::from_utf8_lossy(&output(&mut command)?).trim().to_owned())
}

fn export(folder: &Path) -> Result<Exported> {
    let to = |name: &str| folder.join(name).display().to_string();
    exhibit(folder, &["demo"])?;
    let first = exhibit(folder, &["log", "key"])?;
    exhibit(folder, &["log", "export", &to("first")])?;
    exhibit(folder, &["log", "rotate-key"])?;
    let second = exhibit(folder, &["log", "key"])?;
    exhibit(folder, &["log", "export", &to("handover")])?;
    exhibit(folder, &["token", "--role", "auditor", "--subject", "ana@acme.example"])?;
    exhibit(folder, &["log", "export", &to("second")])?;
    prove(folder)?;
    let witness = exhibit(folder, &["witness", "--home", &to("witness"), "init", WITNESS])?;
    let witness = witness.lines().find(|line| line.starts_with(WITNESS)).unwrap_or_default().to_owned();
    let see = ["witness", "--home", &to("witness"), "see", &to("second"), "--key", &second, "--out", &to("cosigned")];
    exhibit(folder, &see)?;
    Ok(Exported { folder: folder.to_owned(), keys: vec![first, second], witness })
}

// The first and the last entry, and those around the ends of tiles.
fn prove(folder: &Path) -> Result<()> {
    let proofs = folder.join("proofs");
    let failed = |source| TaskError::File { path: proofs.display().to_string(), source };
    fs::create_dir_all(&proofs).map_err(failed)?;
    for index in ["0", "1", "255", "256", "511", "512", "1000"] {
        let proof = exhibit(folder, &["log", "prove", index])?;
        fs::write(proofs.join(format!("{index}.tlog-proof")), proof + "\n").map_err(failed)?;
    }
    Ok(())
}

fn exhibit(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(target()?.join("release/exhibit"));
    command.arg("--data").arg(folder.join("data")).args(arguments).stdin(Stdio::null());
    Ok(String::from_utf8_lossy(&output(&mut command)?).trim_end().to_owned())
}
