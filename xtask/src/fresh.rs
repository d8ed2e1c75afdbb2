//! `cargo xtask fresh`: does the README hold for somebody who just cloned?

use crate::{
    Result, TaskError,
    workspace::{root, succeed},
};
use std::{
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

pub const HELP: &str = "\
Runs both commands of the README as written on a fresh clone of HEAD, with a target folder of its own.

Usage: cargo xtask fresh

Takes long: every dependency is compiled again, as on a newcomer's machine (about half an hour on two cores), and needs
about 6 GB in the temporary folder (TMPDIR), which it gives back. What is not committed is not seen.";

const COMMANDS: [&str; 2] = ["cargo run --release -p exhibit -- demo", "cargo xtask test"];

/// Clones, checks that the README names the commands, and runs them there.
pub fn run(arguments: &[String]) -> Result<()> {
    if let Some(unknown) = arguments.first() {
        return Err(TaskError::Usage(format!("fresh takes no {unknown:?}\n\n{HELP}")));
    }
    let folder = tempfile::Builder::new().prefix("exhibit-fresh-").tempdir();
    let folder = folder.map_err(|source| TaskError::File { path: "the temporary folder".to_owned(), source })?;
    let clone = folder.path().join("exhibit");
    succeed(Command::new("git").args(["clone", "--quiet", "--no-hardlinks"]).arg(root()).arg(&clone))?;
    let readme = std::fs::read_to_string(clone.join("README.md"))
        .map_err(|source| TaskError::File { path: "README.md".to_owned(), source })?;
    COMMANDS.iter().try_for_each(|command| is_in_readme(&readme, command))?;
    COMMANDS.iter().try_for_each(|command| run_in(&clone, command))
}

fn is_in_readme(readme: &str, command: &str) -> Result<()> {
    let found = readme.lines().any(|line| line.trim() == command);
    if found { Ok(()) } else { Err(TaskError::Readme(command.to_owned())) }
}

// What cargo and rustup set for this program would speak of this workspace to the cargo of the clone.
fn run_in(clone: &Path, line: &str) -> Result<()> {
    println!("\n== {line}");
    let begun = Instant::now();
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(clone).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| speaks_of_this_build(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    succeed(command.env("CARGO_TARGET_DIR", clone.join("target")))?;
    println!("== {line}: {:.0} seconds", begun.elapsed().as_secs_f64());
    Ok(())
}

fn speaks_of_this_build(variable: &str) -> bool {
    let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    ["CARGO", "RUSTUP_TOOLCHAIN"].contains(&variable) || prefixes.iter().any(|prefix| variable.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_to_stand_in_the_readme_as_a_line_of_its_own() {
        assert!(is_in_readme("```sh\ncargo xtask test\n```", "cargo xtask test").is_ok());
        assert!(is_in_readme("Run `cargo xtask test --all`.", "cargo xtask test").is_err());
    }
}
