//! The product's templates and binaries, deployed as they are with the product's own `sam deploy`.

use super::emulator::{Emulator, REGION};
use crate::{
    Result, TaskError, build_lambda, python,
    workspace::{root, succeed},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What is deployed: copies of the templates beside the functions, as the tree has them.
pub struct Deployment {
    folder: PathBuf,
}

const CUSTODY: &str = "exhibit-e2e-custody";
const APPLICATION: &str = "exhibit-e2e-app";

impl Deployment {
    /// Lays templates and functions out below `folder`. The functions have the catalog `catalog` in place of the product's.
    pub fn lay_out(folder: &Path, functions: &[String], catalog: &Path) -> Result<Self> {
        for name in ["infra", "statemachines"] {
            build_lambda::copy(&root().join(name), &folder.join(name))?;
        }
        for name in functions {
            let place = folder.join("target/lambda").join(name);
            fs::create_dir_all(&place).map_err(|source| at(&place, source))?;
            let built = build_lambda::native_folder().join(name);
            let bootstrap = place.join("bootstrap");
            fs::copy(built.join("bootstrap"), &bootstrap).map_err(|source| at(&bootstrap, source))?;
            if built.join("catalog").exists() {
                build_lambda::copy(catalog, &place.join("catalog"))?;
            }
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Takes `permission` out of every role of the application's template. One that no role has is an error.
    pub fn withhold(&self, permission: &str) -> Result<()> {
        let path = self.folder.join("infra/app.yaml");
        let template = fs::read_to_string(&path).map_err(|source| at(&path, source))?;
        let (lessened, times) = without(&template, permission);
        if times == 0 {
            return Err(TaskError::Usage(format!("no role of infra/app.yaml has the permission {permission:?}")));
        }
        println!("{permission} is taken out of {times} statements of infra/app.yaml");
        fs::write(&path, lessened).map_err(|source| at(&path, source))
    }

    /// Deploys both stacks.
    pub fn deploy(&self, emulator: &Emulator) -> Result<()> {
        let architecture = format!("Architecture={}", sam_architecture());
        let custody_stack = format!("CustodyStack={CUSTODY}");
        let since = format!("Since={}", super::SINCE);
        let application =
            ["Stage=e2e", &custody_stack, "Tenants=acme,globex,initech", &architecture, &since, "MultiFactor=OPTIONAL"];
        self.sam(emulator, "infra/custody.yaml", CUSTODY, &["Stage=e2e"])?;
        self.sam(emulator, "infra/app.yaml", APPLICATION, &application)
    }

    fn sam(&self, emulator: &Emulator, template: &str, stack: &str, parameters: &[&str]) -> Result<()> {
        println!("\n== sam deploy of {template}");
        let mut command = Command::new(python::program("sam", "sam")?);
        command.args([
            "deploy",
            "--template-file",
            template,
            "--stack-name",
            stack,
            "--region",
            REGION,
            "--resolve-s3",
        ]);
        command.args(["--capabilities", "CAPABILITY_IAM", "--no-progressbar", "--no-confirm-changeset"]);
        command.arg("--no-fail-on-empty-changeset").arg("--parameter-overrides").args(parameters);
        command.envs(emulator.environment()).env("SAM_CLI_TELEMETRY", "0").env("HOME", &emulator.folder);
        let log = emulator.folder.join("sam.log");
        let output = fs::File::options().create(true).append(true).open(&log).map_err(|source| at(&log, source))?;
        let errors = output.try_clone().map_err(|source| at(&log, source))?;
        let run = succeed(command.current_dir(&self.folder).stdin(Stdio::null()).stdout(output).stderr(errors));
        run.inspect_err(|_| println!("{}", super::end_of(&log, 60)))
    }
}

fn sam_architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

/// `template` with another, harmless action wherever `permission` stands as a whole word, and how often that was.
fn without(template: &str, permission: &str) -> (String, usize) {
    let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == ':' || letter == '*';
    let (mut lessened, mut times, mut rest) = (String::new(), 0, template);
    while let Some((before, after)) = rest.split_once(permission) {
        let is_whole = !before.ends_with(is_of_word) && !after.starts_with(is_of_word);
        times += usize::from(is_whole);
        lessened.push_str(before);
        lessened.push_str(if is_whole { "sts:GetCallerIdentity" } else { permission });
        rest = after;
    }
    lessened.push_str(rest);
    (lessened, times)
}

fn at(path: &Path, source: std::io::Error) -> TaskError {
    TaskError::File { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_withheld_as_a_whole_word() {
        let template = "Action: [s3:GetObject, s3:GetObjectVersion]\nAction: s3:GetObject\n";
        let (lessened, times) = without(template, "s3:GetObject");
        assert_eq!(times, 2);
        assert_eq!(lessened, "Action: [sts:GetCallerIdentity, s3:GetObjectVersion]\nAction: sts:GetCallerIdentity\n");
        assert_eq!(without(template, "s3:PutObject").1, 0);
    }
}
