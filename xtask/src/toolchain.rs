//! Compilers for other machines than this one.

use crate::{
    Result, python,
    workspace::{output, root, succeed},
};
use std::{path::PathBuf, process::Command};

/// Lets rustup add the Rust target when it has not got it.
pub fn add_target(target: &str) -> Result<()> {
    let mut list = Command::new("rustup");
    list.args(["target", "list", "--installed"]).current_dir(root());
    if String::from_utf8_lossy(&output(&mut list)?).lines().any(|line| line == target) {
        return Ok(());
    }
    succeed(Command::new("rustup").args(["target", "add", target]).current_dir(root()))
}

/// Where cargo-lambda and zig are, which is a C compiler for everything with the C library's headers.
pub fn tools() -> Result<PathBuf> {
    Ok(python::environment("lambda")?.join("bin"))
}
