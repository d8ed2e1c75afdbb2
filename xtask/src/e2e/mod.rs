//! `cargo xtask e2e`: the product as it is deployed, driven from outside.

mod deployment;
mod emulator;

use crate::{
    Result, TaskError, build_lambda, python,
    workspace::{cargo, root, succeed, target},
};
use deployment::Deployment;
use emulator::Emulator;
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

pub const HELP: &str = "\
Deploys both templates with the real binaries to an AWS emulated on this machine, with IAM enforced, and drives
everything over HTTP and the SDK.

Usage: cargo xtask e2e [--keep] [--without <permission>] [test]...

Installs pinned MiniStack and SAM CLI into the target folder (once), builds the functions for this machine, and runs
MiniStack on 127.0.0.1 only. Nothing of it is left running, whatever ends it; what it wrote stays in target/e2e:
ministack.log, sam.log, logs/<function>.log.

  [test]...               only the tests whose name contains one of these
  --keep                  leaves everything up after the tests, says how to use it, and ends it on Enter
  --without <permission>  takes a permission (s3:PutObjectRetention) out of every role of the application first; it
                          then succeeds when the tests fail: the emulated AWS enforces, and the template grants no more
                          than is needed";

/// When collecting began in the emulated deployment.
const SINCE: &str = "2026-07-01T00:00:00Z";

struct Options {
    keep: bool,
    without: Option<String>,
    tests: Vec<String>,
}

/// Builds, deploys, tests and takes down.
pub fn run(arguments: &[String]) -> Result<()> {
    let options = options(arguments)?;
    let functions = build_lambda::native()?;
    succeed(&mut cargo(&["build", "--release", "--locked", "--package", "exhibit"]))?;
    let folder = fresh_folder()?;
    let deployment = Deployment::lay_out(&folder.join("deploy"), &functions, &catalog(&folder)?)?;
    if let Some(permission) = &options.without {
        deployment.withhold(permission)?;
    }
    let begun = Instant::now();
    let emulator = Emulator::start(&folder)?;
    deployment.deploy(&emulator)?;
    prepare(&emulator)?;
    println!("\n== deployed in {:.0} seconds", begun.elapsed().as_secs_f64());
    let outcome = test(&emulator, &options.tests);
    if options.keep {
        wait(&emulator);
    }
    drop(emulator);
    match (outcome, &options.without) {
        (outcome, None) => outcome.inspect_err(|_| println!("{}", ends(&folder))),
        (Err(_), Some(permission)) => {
            println!("\nWithout {permission} the tests fail, as they should.");
            Ok(())
        }
        (Ok(()), Some(permission)) => Err(TaskError::Failed(format!("cargo xtask e2e --without {permission}"))),
    }
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options { keep: false, without: None, tests: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--keep" => options.keep = true,
            "--without" => match rest.next() {
                Some(permission) => options.without = Some(permission.clone()),
                None => return Err(TaskError::Usage(format!("--without needs a permission\n\n{HELP}"))),
            },
            flag if flag.starts_with('-') => return Err(TaskError::Usage(format!("e2e takes no {flag}\n\n{HELP}"))),
            test => options.tests.push(test.to_owned()),
        }
    }
    Ok(options)
}

fn fresh_folder() -> Result<PathBuf> {
    let folder = root().join("target/e2e");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|source| at(&folder, source))?;
    }
    fs::create_dir_all(&folder).map_err(|source| at(&folder, source))?;
    Ok(folder)
}

/// A catalog that is small and has a control that is due each minute; its templates are the product's.
fn catalog(folder: &Path) -> Result<PathBuf> {
    let catalog = folder.join("catalog");
    build_lambda::copy(&root().join("tests/fixture/catalog"), &catalog)?;
    build_lambda::copy(&root().join("tests/fixture/e2e"), &catalog)?;
    build_lambda::copy(&root().join("catalog/templates"), &catalog.join("templates"))?;
    Ok(catalog)
}

fn prepare(emulator: &Emulator) -> Result<()> {
    let mut command = Command::new(python::program("e2e", "python")?);
    command.arg(root().join("xtask/src/e2e/prepare.py")).arg(&emulator.folder);
    command.envs(emulator.environment()).env("PYTHONDONTWRITEBYTECODE", "1").env("HOME", &emulator.folder);
    succeed(command.stdin(Stdio::null()))
}

fn test(emulator: &Emulator, names: &[String]) -> Result<()> {
    let arguments = ["test", "--release", "--locked", "--package", "tests", "--features", "e2e", "--test", "e2e", "--"];
    let mut command = cargo(&arguments);
    command.args(names).envs(emulator.environment());
    command.env("EXHIBIT_E2E", emulator.folder.join("environment.json"));
    succeed(command.env("EXHIBIT_PROGRAM", target()?.join("release").join("exhibit")))
}

fn wait(emulator: &Emulator) {
    let environment = emulator.environment();
    let exports = environment.iter().map(|(name, value)| format!("  export {name}={value}\n")).collect::<String>();
    println!("\nEverything is up. In another shell:\n\n{exports}");
    println!("Addresses and tokens: {}", emulator.folder.join("environment.json").display());
    println!("Enter ends it.");
    let _ = std::io::stdin().read(&mut [0]);
}

/// The ends of what the functions and MiniStack wrote.
fn ends(folder: &Path) -> String {
    let entries = fs::read_dir(folder.join("logs")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "log")).collect();
    paths.sort();
    paths.iter().map(|path| end_of(path, 15)).collect()
}

fn end_of(path: &Path, lines: usize) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let all: Vec<_> = text.lines().collect();
    let end = all.iter().skip(all.len().saturating_sub(lines)).copied().collect::<Vec<_>>().join("\n");
    format!("\n== the end of {}\n{end}\n", path.display())
}

fn at(path: &Path, source: std::io::Error) -> TaskError {
    TaskError::File { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Options> {
        options(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_and_names_of_tests_are_told_apart() {
        let found = read("schedule --keep --without s3:GetObject link").unwrap();
        assert!(found.keep);
        assert_eq!(found.without.as_deref(), Some("s3:GetObject"));
        assert_eq!(found.tests, ["schedule", "link"]);
    }

    #[test]
    fn what_is_not_understood_is_answered_with_how_to_use_it() {
        assert!(read("--faster").err().unwrap().to_string().contains("Usage: cargo xtask e2e"));
        assert!(read("--without").err().unwrap().to_string().contains("needs a permission"));
    }

    #[test]
    fn the_end_of_a_log_is_its_last_lines() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "one\ntwo\nthree\n").unwrap();
        assert!(end_of(file.path(), 2).ends_with("\ntwo\nthree\n"));
    }
}
