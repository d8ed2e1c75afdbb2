//! `cargo xtask build-lambda`: every function as an artifact that SAM packages.

use crate::{
    Result, TaskError, toolchain,
    workspace::{cargo, output, root, show, succeed, target},
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

pub const HELP: &str = "\
Builds every function once, with everything it needs beside it, and prints the size of each artifact.

Usage: cargo xtask build-lambda [--native]

Writes target/lambda/<function>/bootstrap for Amazon Linux on arm64, which infra/app.yaml names, so that `sam deploy`
needs no `sam build`. Installs cargo-lambda and zig into the target folder (once), and the Rust target when rustup has
not got it.

  --native  for this machine with its own cargo, into target/lambda-native: what `cargo xtask e2e` deploys";

const ARM: &str = "aarch64-unknown-linux-gnu";

/// The functions that read the catalog; the others get what they need of it from custody.
const READ_CATALOG: [&str; 10] = [
    "api-read",
    "api-write",
    "collect-aws",
    "collect-files",
    "collect-http",
    "collect-logs",
    "collect-sql",
    "collect-upload",
    "schedule",
    "snapshot",
];

/// Builds for arm64, or for this machine.
pub fn run(arguments: &[String]) -> Result<()> {
    let functions = match arguments {
        [] => {
            let functions = functions()?;
            for_arm(&functions, &folder())?;
            functions
        }
        [flag] if flag == "--native" => native()?,
        _ => return Err(TaskError::Usage(format!("build-lambda takes no {arguments:?}\n\n{HELP}"))),
    };
    let folder = if arguments.is_empty() { folder() } else { native_folder() };
    add_catalog(&functions, &folder)?;
    println!("\n{}", table(&functions, &folder)?);
    Ok(())
}

/// Builds for this machine, and says which functions there are.
pub fn native() -> Result<Vec<String>> {
    let functions = functions()?;
    let folder = native_folder();
    succeed(cargo(&["build", "--release", "--locked"]).args(selection(&functions)))?;
    for name in &functions {
        let place = folder.join(name);
        written(&place, fs::create_dir_all(&place))?;
        let built = target()?.join("release").join(name);
        written(&built, fs::copy(&built, place.join("bootstrap")).map(drop))?;
    }
    add_catalog(&functions, &folder)?;
    Ok(functions)
}

/// Where the artifacts for AWS are: beside the templates, whatever CARGO_TARGET_DIR says.
fn folder() -> PathBuf {
    root().join("target/lambda")
}

/// Where those for this machine are: elsewhere, so that nobody deploys them to AWS.
pub fn native_folder() -> PathBuf {
    root().join("target/lambda-native")
}

fn for_arm(functions: &[String], folder: &Path) -> Result<()> {
    compile_for_arm(&selection(functions), folder)
}

/// Builds what `selection` selects for Amazon Linux on arm64, each program as `bootstrap` in a folder of its name below `folder`.
pub fn compile_for_arm(selection: &[String], folder: &Path) -> Result<()> {
    toolchain::add_target(ARM)?;
    let tools = toolchain::tools()?;
    // cargo-lambda looks for cargo and for zig on the path; both are on ours.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(tools.clone()).chain(std::env::split_paths(&path)));
    let path = path.map_err(|error| TaskError::Usage(format!("PATH cannot be used: {error}")))?;
    let mut command = Command::new(tools.join("cargo-lambda"));
    // The profile says all; cargo-lambda's own settings for --release would make panics abort.
    command.args(["lambda", "build", "--arm64", "--profile", "lambda", "--locked", "--lambda-dir"]).arg(folder);
    succeed(command.args(selection).current_dir(root()).env("PATH", path))
}

/// The packages below functions/ that have a program behind the feature `lambda`, by name.
pub fn functions() -> Result<Vec<String>> {
    let mut metadata = cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    let answer: serde_json::Value = serde_json::from_slice(&output(&mut metadata)?).unwrap_or_default();
    let packages = answer.get("packages").and_then(serde_json::Value::as_array);
    let mut names: Vec<_> = packages.into_iter().flatten().filter_map(function).collect();
    names.sort();
    if names.is_empty() {
        let answer = "no package with a program that requires the feature `lambda`".to_owned();
        return Err(TaskError::Answer { command: show(&metadata), answer });
    }
    Ok(names)
}

fn function(package: &serde_json::Value) -> Option<String> {
    let targets = package.get("targets")?.as_array()?;
    let is_lambda = |target: &&serde_json::Value| {
        let features = target.get("required-features").and_then(serde_json::Value::as_array);
        features.is_some_and(|features| features.iter().any(|feature| feature == "lambda"))
    };
    targets.iter().find(is_lambda)?.get("name")?.as_str().map(str::to_owned)
}

fn selection(functions: &[String]) -> Vec<String> {
    let features: Vec<_> = functions.iter().map(|name| format!("{name}/lambda")).collect();
    let bins =
        functions.iter().flat_map(|name| ["--package".to_owned(), name.clone(), "--bin".to_owned(), name.clone()]);
    bins.chain(["--features".to_owned(), features.join(",")]).collect()
}

fn add_catalog(functions: &[String], folder: &Path) -> Result<()> {
    for name in functions.iter().filter(|name| READ_CATALOG.contains(&name.as_str())) {
        let place = folder.join(name).join("catalog");
        if place.exists() {
            written(&place, fs::remove_dir_all(&place))?;
        }
        copy(&root().join("catalog"), &place)?;
    }
    Ok(())
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    written(to, fs::create_dir_all(to))?;
    for entry in written(from, fs::read_dir(from))? {
        let entry = written(from, entry)?;
        let place = to.join(entry.file_name());
        match written(from, entry.file_type())?.is_dir() {
            true => copy(&entry.path(), &place)?,
            false => written(&place, fs::copy(entry.path(), &place).map(drop))?,
        }
    }
    Ok(())
}

fn table(functions: &[String], folder: &Path) -> Result<String> {
    let mut lines = vec![format!("{:<16} {:>12} {:>12}", "function", "bootstrap", "zipped")];
    for name in functions {
        let (plain, zipped) = sizes(&folder.join(name))?;
        lines.push(format!("{name:<16} {:>9.1} MB {:>9.1} MB", megabytes(plain), megabytes(zipped)));
    }
    lines.push(format!("in {}", folder.display()));
    Ok(lines.join("\n"))
}

/// The sizes in bytes of the bootstrap in `artifact`, and of everything in it as SAM will send it.
pub fn sizes(artifact: &Path) -> Result<(u64, u64)> {
    let bootstrap = artifact.join("bootstrap");
    let plain = written(&bootstrap, fs::metadata(&bootstrap))?.len();
    let archive = artifact.with_extension("zip");
    let mut zip = Command::new("python3");
    zip.args(["-c", ZIP]).arg(artifact).arg(&archive);
    succeed(&mut zip)?;
    let zipped = written(&archive, File::open(&archive).and_then(|file| file.metadata()))?.len();
    written(&archive, fs::remove_file(&archive))?;
    Ok((plain, zipped))
}

// Python is needed for SAM anyway.
const ZIP: &str = "import shutil, sys; shutil.make_archive(sys.argv[2].removesuffix('.zip'), 'zip', sys.argv[1])";

fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) / 1024.0
}

fn written<T>(path: &Path, result: std::io::Result<T>) -> Result<T> {
    result.map_err(|source| TaskError::File { path: path.display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_a_function_when_its_program_needs_the_feature() {
        let package = |features: &str| {
            let text = format!(r#"{{"targets":[{{"name":"x"}},{{"name":"render","required-features":{features}}}]}}"#);
            function(&serde_json::from_str(&text).unwrap())
        };
        assert_eq!(package(r#"["lambda"]"#).as_deref(), Some("render"));
        assert_eq!(package(r#"["sample"]"#), None);
    }

    #[test]
    fn every_function_is_built_alone_with_its_feature() {
        let arguments = selection(&["render".to_owned(), "verify".to_owned()]);
        assert_eq!(
            arguments.join(" "),
            "--package render --bin render --package verify --bin verify --features render/lambda,verify/lambda"
        );
    }

    #[test]
    fn sizes_are_those_of_the_bootstrap_and_of_everything() {
        let folder = tempfile::tempdir().unwrap();
        let artifact = folder.path().join("render");
        fs::create_dir(&artifact).unwrap();
        fs::write(artifact.join("bootstrap"), vec![0; 4096]).unwrap();
        let (plain, zipped) = sizes(&artifact).unwrap();
        assert_eq!(plain, 4096);
        assert!(zipped > 0 && zipped < 1024, "{zipped}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
