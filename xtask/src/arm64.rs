//! `cargo xtask arm64`: the same bytes on arm64.

use crate::{
    Result, TaskError, build_lambda, demo_bundles,
    workspace::{succeed, target},
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

pub const HELP: &str = "\
Makes the demo's reports on this machine, builds the command for arm64 as the functions are built, and makes the reports again with it,
under emulation. Every file has to come out byte by byte.

Usage: cargo xtask arm64 [BUNDLE]...

  BUNDLE  a bundle, or the folder of a downloaded report, to make again instead of the demo's

Needs qemu-aarch64 and the C library of arm64; installs nothing of it but says what is missing. The first build takes half an hour on two
cores, each report about a minute.";

const EMULATOR: &str = "qemu-aarch64";
/// Where Debian puts the C library of another machine.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";

/// Makes the reports of the bundles that are named again, or the demo's.
pub fn run(arguments: &[String]) -> Result<()> {
    if let Some(flag) = arguments.iter().find(|argument| argument.starts_with('-')) {
        return Err(TaskError::Usage(format!("arm64 takes no {flag:?}\n\n{HELP}")));
    }
    check_emulator()?;
    let program = build()?;
    if !arguments.is_empty() {
        return arguments.iter().try_for_each(|bundle| reproduce(&program, Path::new(bundle)));
    }
    let folder = tempfile::tempdir();
    let folder = folder.map_err(|source| TaskError::File { path: "the temporary folder".to_owned(), source })?;
    demo_bundles::make(folder.path())?.paths.iter().try_for_each(|bundle| reproduce(&program, bundle))
}

fn check_emulator() -> Result<()> {
    let there = Command::new(EMULATOR).arg("--version").stdout(Stdio::null()).status().is_ok();
    if there && Path::new(LIBRARIES).join("lib/libc.so.6").exists() {
        return Ok(());
    }
    let missing = format!("{EMULATOR} or {LIBRARIES} is not there: apt-get install qemu-user libc6-arm64-cross");
    Err(TaskError::Usage(missing))
}

fn build() -> Result<PathBuf> {
    let folder = target()?.join("arm64");
    let selection = ["--package", "exhibit", "--bin", "exhibit"].map(str::to_owned);
    build_lambda::compile_for_arm(&selection, &folder)?;
    Ok(folder.join("exhibit/bootstrap"))
}

fn reproduce(program: &Path, bundle: &Path) -> Result<()> {
    println!("\n{} on arm64:", bundle.display());
    succeed(Command::new(EMULATOR).args(["-L", LIBRARIES]).arg(program).arg("reproduce").arg(bundle))
}
