//! Where the workspace is, and running programs in it.

use crate::{Result, TaskError};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The target folder that cargo uses here, whoever set it.
pub fn target() -> Result<PathBuf> {
    let mut metadata = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
    let answer = output(&mut metadata)?;
    let value: serde_json::Value = serde_json::from_slice(&answer).unwrap_or_default();
    match value.get("target_directory").and_then(serde_json::Value::as_str) {
        Some(path) => Ok(PathBuf::from(path)),
        None => Err(TaskError::Answer { command: show(&metadata), answer: "no target_directory".to_owned() }),
    }
}

/// The cargo that runs this program, with `arguments`, in the workspace, without standard input.
pub fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs `command` to its end, its output going where ours goes.
pub fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|source| TaskError::Start { command: show(command), source })?;
    if status.success() { Ok(()) } else { Err(TaskError::Failed(show(command))) }
}

/// What `command` writes to its standard output.
pub fn output(command: &mut Command) -> Result<Vec<u8>> {
    let command = command.stderr(Stdio::inherit());
    let answer = command.output().map_err(|source| TaskError::Start { command: show(command), source })?;
    if answer.status.success() { Ok(answer.stdout) } else { Err(TaskError::Failed(show(command))) }
}

/// `command` as a person would type it: the program by its file name.
pub fn show(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let environment = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let environment = environment.map(|(name, value)| format!("{}={:?}", name.display(), value));
    let words = std::iter::once(program).chain(command.get_args()).map(|word| word.display().to_string());
    environment.chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_a_person_would_type_it() {
        let mut command = Command::new("/opt/bin/cargo");
        command.args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(show(&command), "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps");
    }

    #[test]
    fn a_program_that_fails_or_is_absent_is_named() {
        assert!(matches!(succeed(&mut Command::new("false")), Err(TaskError::Failed(name)) if name == "false"));
        assert!(
            matches!(succeed(&mut Command::new("/absent/x")), Err(TaskError::Start { command, .. }) if command == "x")
        );
    }
}
