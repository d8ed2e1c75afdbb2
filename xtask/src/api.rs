//! `cargo xtask api`: does the API answer as `infra/openapi.yaml` says, whatever it is asked?

use crate::{
    Result, TaskError, python,
    workspace::{cargo, output, root, show, succeed, target},
};
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

pub const HELP: &str = "\
Asks a running `exhibit serve` whatever infra/openapi.yaml allows and forbids, and holds each answer to it: no server error, no
answer that is not described.

Usage: cargo xtask api [schemathesis' own options]...

Makes the demo in a temporary folder, serves it on a free port, and runs schemathesis (from PyPI, pinned in xtask/python/api.txt)
with a fixed seed. `cargo xtask api --seed 7 --max-examples 500` asks other things, and more.";

const DESCRIPTION: &str = "infra/openapi.yaml";
const ROLES: [&str; 4] = ["admin", "engineer", "approver", "auditor"];

/// Serves the demo and asks it everything.
pub fn run(arguments: &[String]) -> Result<()> {
    succeed(&mut cargo(&["build", "--release", "--locked", "-p", "exhibit"]))?;
    let exhibit = target()?.join("release/exhibit");
    let folder = tempfile::Builder::new().prefix("exhibit-api-").tempdir();
    let folder = folder.map_err(|source| TaskError::File { path: "the temporary folder".to_owned(), source })?;
    let data = folder.path().join("data");
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&exhibit);
        command.arg("--data").arg(&data).args(arguments).current_dir(folder.path()).stdin(Stdio::null());
        command
    };
    succeed(command(&["demo"]).stdout(Stdio::null()))?;
    let roles = ROLES.iter().flat_map(|role| ["--role", role]);
    let all: Vec<&str> = ["token", "--subject", "schemathesis@acme.example"].into_iter().chain(roles).collect();
    let token = String::from_utf8_lossy(&output(&mut command(&all))?).trim().to_owned();
    let server = Server::start(&mut command(&["serve", "--json", "--listen", "127.0.0.1:0"]))?;
    ask(&server.address, &token, folder.path(), arguments)
}

fn ask(address: &str, token: &str, folder: &Path, arguments: &[String]) -> Result<()> {
    let mut command = Command::new(python::program("api", "schemathesis")?);
    let description = root().join(DESCRIPTION);
    command.arg("run").arg(description).args(["--url", address, "--checks", "all"]);
    // No pattern says which cursors were given out, which frameworks the catalog has, or which windows have begun.
    command.args(["--exclude-checks", "positive_data_acceptance"]);
    command.arg("--header").arg(format!("Authorization: Bearer {token}"));
    command.args([
        "--phases",
        "examples,coverage,fuzzing,stateful",
        "--max-examples",
        "60",
        "--generation-deterministic",
    ]);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    // The command holds the token, which need not be shown.
    succeed(&mut command).map_err(|_| TaskError::Failed("schemathesis run infra/openapi.yaml".to_owned()))
}

/// `exhibit serve`, ended with this.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(command: &mut Command) -> Result<Self> {
        let start = |source| TaskError::Start { command: "exhibit serve".to_owned(), source };
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(start)?;
        let mut lines = process.stdout.take().map(BufReader::new).into_iter().flat_map(|output| output.lines());
        let first = lines.next().and_then(std::result::Result::ok).unwrap_or_default();
        // What it says later has to go somewhere, or it would wait.
        std::thread::spawn(move || lines.for_each(drop));
        let mut server = Self { process, address: String::new() };
        let told: serde_json::Value = serde_json::from_str(&first).unwrap_or_default();
        match told.get("serving").and_then(serde_json::Value::as_str) {
            Some(address) => address.clone_into(&mut server.address),
            None => return Err(TaskError::Answer { command: show(command), answer: first }),
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
