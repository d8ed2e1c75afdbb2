//! Programs that come from PyPI, each set in an environment of its own under the target folder.
//!
//! `xtask/python/<name>.txt` pins what is in one. They are apart because their dependencies conflict.

use crate::{
    Result, TaskError,
    workspace::{root, show, succeed, target},
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Written last, so that an environment that was left half made is made again.
const STAMP: &str = "requirements.txt";

/// The folder of the environment `name`, made or made again when `xtask/python/<name>.txt` changed; its programs are in
/// `bin`. Waits while another process makes it.
pub fn environment(name: &str) -> Result<PathBuf> {
    let requirements = root().join("xtask/python").join(format!("{name}.txt"));
    ensure(&target()?.join("tools/python"), name, &requirements, install)
}

/// The path of `program` in the environment `name`, which is made when it is not there.
pub fn program(name: &str, program: &str) -> Result<PathBuf> {
    Ok(environment(name)?.join("bin").join(program))
}

type Install = fn(environment: &Path, requirements: &Path) -> Result<()>;

fn ensure(folder: &Path, name: &str, requirements: &Path, install: Install) -> Result<PathBuf> {
    let wanted = file(requirements, fs::read(requirements))?;
    file(folder, fs::create_dir_all(folder))?;
    // Held until this function ends; the system releases it when the process dies.
    let lock = folder.join(format!("{name}.lock"));
    let held = file(&lock, File::create(&lock))?;
    file(&lock, held.lock())?;
    let environment = folder.join(name);
    if fs::read(environment.join(STAMP)).is_ok_and(|stamp| stamp == wanted) && starts(&environment) {
        return Ok(environment);
    }
    if environment.exists() {
        file(&environment, fs::remove_dir_all(&environment))?;
    }
    install(&environment, requirements)?;
    let stamp = environment.join(STAMP);
    file(&stamp, fs::write(&stamp, wanted))?;
    Ok(environment)
}

/// Whether the interpreter that the environment was made from is still there.
fn starts(environment: &Path) -> bool {
    let answer = Command::new(environment.join("bin/python")).arg("--version").output();
    answer.is_ok_and(|answer| answer.status.success())
}

fn install(environment: &Path, requirements: &Path) -> Result<()> {
    println!("installing {} into {} (once)", requirements.display(), environment.display());
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(environment).stdin(Stdio::null());
    succeed(&mut make).map_err(|error| TaskError::Python { command: show(&make), source: Box::new(error) })?;
    let mut command = Command::new(environment.join("bin/python"));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    command.arg(requirements).args(options(requirements)?).stdin(Stdio::null());
    succeed(&mut command)
}

/// What else a file of requirements asks of pip, which takes it on the command line alone: `# pip: --option`.
fn options(requirements: &Path) -> Result<Vec<String>> {
    let text = file(requirements, fs::read_to_string(requirements))?;
    let lines = text.lines().filter_map(|line| line.strip_prefix("# pip: "));
    Ok(lines.flat_map(str::split_whitespace).map(str::to_owned).collect())
}

fn file<T>(path: &Path, result: std::io::Result<T>) -> Result<T> {
    result.map_err(|source| TaskError::File { path: path.display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes an interpreter that only answers, and counts how often it was asked to.
    fn pretend(environment: &Path, _requirements: &Path) -> Result<()> {
        let bin = environment.join("bin");
        fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink("/bin/true", bin.join("python")).unwrap();
        let made = environment.with_extension("made");
        let count = fs::read(&made).unwrap_or_default().len() + 1;
        fs::write(made, vec![b'.'; count]).unwrap();
        Ok(())
    }

    fn made(folder: &Path) -> usize {
        fs::read(folder.join("tool.made")).unwrap().len()
    }

    #[test]
    fn an_environment_is_made_again_only_when_its_file_changed_or_its_interpreter_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let requirements = folder.path().join("tool.txt");
        for (text, times) in [("a==1", 1), ("a==1", 1), ("a==2", 2)] {
            fs::write(&requirements, text).unwrap();
            ensure(folder.path(), "tool", &requirements, pretend).unwrap();
            assert_eq!(made(folder.path()), times);
        }
        fs::remove_file(folder.path().join("tool/bin/python")).unwrap();
        ensure(folder.path(), "tool", &requirements, pretend).unwrap();
        assert_eq!(made(folder.path()), 3);
    }

    #[test]
    fn an_environment_left_half_made_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let requirements = folder.path().join("tool.txt");
        fs::write(&requirements, "a==1").unwrap();
        fs::create_dir_all(folder.path().join("tool/bin")).unwrap();
        ensure(folder.path(), "tool", &requirements, pretend).unwrap();
        assert_eq!(made(folder.path()), 1);
    }

    #[test]
    fn two_who_ask_at_once_make_it_once() {
        let folder = tempfile::tempdir().unwrap();
        let requirements = folder.path().join("tool.txt");
        fs::write(&requirements, "a==1").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| ensure(folder.path(), "tool", &requirements, pretend).unwrap());
            }
        });
        assert_eq!(made(folder.path()), 1);
    }

    #[test]
    fn every_requirement_in_the_tree_is_pinned() {
        for entry in fs::read_dir(root().join("xtask/python")).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let packages = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            for line in packages {
                assert!(line.contains("=="), "{}: {line:?} names no version", path.display());
            }
        }
    }
}
