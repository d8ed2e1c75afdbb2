//! Licences, sources and refused crates, judged by cargo-deny and `deny.toml`.

use crate::{
    Result,
    workspace::{cargo, root, succeed, target},
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

// Pinned, so that a new release of it cannot turn a green tree red.
const VERSION: &str = "0.20.2";

/// Checks everything in `Cargo.lock`, building cargo-deny first when it is not in the target folder.
pub fn check() -> Result<String> {
    let tools = target()?.join("tools");
    let program = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !is_pinned_version(&program) {
        install(&tools)?;
    }
    for selection in SELECTIONS {
        let mut command = Command::new(&program);
        command.current_dir(root()).stdin(Stdio::null()).arg("--locked").args(selection);
        succeed(command.args(["check", "licenses", "bans", "sources"]))?;
    }
    Ok(format!("cargo-deny {VERSION}"))
}

/// Everything for the machines in `deny.toml`; and of WebAssembly the page alone, since nothing else is built for it.
const SELECTIONS: [&[&str]; 2] = [&[], &["--manifest-path", "page/Cargo.toml", "--target", "wasm32-wasip1"]];

fn is_pinned_version(program: &Path) -> bool {
    let answer = Command::new(program).arg("--version").output();
    answer.is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).trim() == format!("cargo-deny {VERSION}"))
}

fn install(tools: &Path) -> Result<()> {
    let build: PathBuf = tools.join("build");
    println!("building cargo-deny {VERSION} into {} (once, about two minutes)", tools.display());
    let mut command = cargo(&["install", "--locked", "--quiet", "--force", "--version", VERSION, "cargo-deny"]);
    succeed(command.arg("--root").arg(tools).arg("--target-dir").arg(&build))?;
    // Half a gigabyte that nothing needs again; leaving it behind is no failure.
    let _ = std::fs::remove_dir_all(build);
    Ok(())
}
