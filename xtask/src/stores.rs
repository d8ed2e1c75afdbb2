//! `cargo xtask stores`: the conformance suite on stores that others wrote, also after they were killed.

use crate::{
    Result, TaskError, python,
    workspace::{cargo, root, show, succeed, target},
};
use std::{
    fs::{self, OpenOptions},
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

pub const HELP: &str = "\
The conformance suite of the storage contracts on stores that others wrote: SeaweedFS (S3) and dynoxide (DynamoDB).

Usage: cargo xtask stores [--ministack]

Starts both on 127.0.0.1, runs tests/tests/conformance against them, then writes to both, kills them with SIGKILL in the
middle of writing, starts them again, and checks that everything they had answered is there and locked; three times.

  --ministack   against MiniStack in their place, with IAM on; it keeps nothing, so nothing is killed

Needs Python 3 with venv and the crates' registry: installs SeaweedFS from PyPI (xtask/python/stores.txt) and builds dynoxide
once, about three minutes. What the stores write, and their logs, are in <target>/stores until the next run.";

// Pinned, so that a new release of it cannot turn a green tree red.
const DYNOXIDE: &str = "3.2.0";

const ROUNDS: u32 = 3;
const WRITING: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(90);

/// The identity of every test client: MiniStack's own root, and the only one that SeaweedFS is told of.
const IDENTITIES: &str = r#"{"identities":[{"name":"test","credentials":[{"accessKey":"test","secretKey":"test"}],
"actions":["Admin","Read","Write","List","Tagging"]}]}"#;

/// A store that can be started, killed and started again on what it wrote.
struct Store {
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    port: u16,
    /// What it is asked until it answers with 200.
    ready: (u16, &'static str),
    log: PathBuf,
}

/// A store that runs; killed, not asked to end, when dropped.
struct Running(Child);

/// Runs the suite, and the kills.
pub fn run(arguments: &[String]) -> Result<()> {
    let folder = target()?.join("stores");
    if folder.exists() {
        file(&folder, fs::remove_dir_all(&folder))?;
    }
    file(&folder, fs::create_dir_all(&folder))?;
    match arguments {
        [] => on_seaweedfs_and_dynoxide(&folder),
        [only] if only == "--ministack" => on_ministack(&folder),
        _ => Err(TaskError::Usage(format!("stores takes --ministack or nothing\n\n{HELP}"))),
    }
}

/// SeaweedFS and dynoxide that run until this is dropped.
pub struct Pair {
    s3: Store,
    dynamodb: Store,
    _running: (Running, Running),
}

impl Pair {
    /// Both, on an empty `folder`.
    pub fn start(folder: &Path) -> Result<Self> {
        if folder.exists() {
            file(folder, fs::remove_dir_all(folder))?;
        }
        file(folder, fs::create_dir_all(folder))?;
        let (s3, dynamodb) = (seaweedfs(folder)?, dynoxide(folder)?);
        let running = (s3.start()?, dynamodb.start()?);
        Ok(Self { s3, dynamodb, _running: running })
    }

    /// `command`, with where they are in its environment.
    pub fn reached_by(&self, command: Command) -> Command {
        at(command, &self.s3, &self.dynamodb, "seaweedfs")
    }
}

fn on_seaweedfs_and_dynoxide(folder: &Path) -> Result<()> {
    let (s3, dynamodb) = (seaweedfs(folder)?, dynoxide(folder)?);
    let running = (s3.start()?, dynamodb.start()?);
    suite(&s3, &dynamodb, "seaweedfs")?;
    drop(running);
    let program = writer()?;
    let writer = |what: &str| {
        let mut command = Command::new(&program);
        command.arg(what).arg(folder.join("journal"));
        at(command, &s3, &dynamodb, "seaweedfs")
    };
    for round in 1..=ROUNDS {
        println!("\n== killed while they wrote, round {round} of {ROUNDS}");
        killed_while_writing(&s3, &dynamodb, writer("write"))?;
        let _running = (s3.start()?, dynamodb.start()?);
        succeed(&mut writer("check"))?;
    }
    Ok(())
}

// Built before anything is killed: what waits for a build meanwhile would write to stores that are gone.
fn writer() -> Result<PathBuf> {
    let built = ["build", "--release", "--locked", "--quiet", "-p", "tests", "--features", "aws", "--bin", "stores"];
    succeed(&mut cargo(&built))?;
    Ok(target()?.join("release").join("stores"))
}

fn killed_while_writing(s3: &Store, dynamodb: &Store, mut writer: Command) -> Result<()> {
    let running = (s3.start()?, dynamodb.start()?);
    let shown = show(&writer);
    let start = |source| TaskError::Start { command: shown.clone(), source };
    let mut writing = writer.spawn().map_err(start)?;
    sleep(WRITING);
    // A writer that has ended was not answered by stores that were alive.
    let early = writing.try_wait().map_err(start)?;
    drop(running);
    let ended = writing.wait().map_err(start)?;
    if early.is_none() && ended.success() { Ok(()) } else { Err(TaskError::Failed(shown)) }
}

fn on_ministack(folder: &Path) -> Result<()> {
    let port = free_port()?;
    let environment = vec![
        ("AUTH", "true".to_owned()),
        ("BIND_HOST", "127.0.0.1".to_owned()),
        ("GATEWAY_PORT", port.to_string()),
        ("HOME", folder.display().to_string()),
        ("IOT_MTLS_ENABLED", "0".to_owned()),
        ("SFTP_ENABLED", "0".to_owned()),
    ];
    let program = python::program("e2e", "ministack")?;
    let ready = (port, "/_ministack/health");
    let store = Store { program, arguments: Vec::new(), environment, port, ready, log: folder.join("ministack.log") };
    let _running = store.start()?;
    suite(&store, &store, "ministack")
}

fn suite(s3: &Store, dynamodb: &Store, emulator: &str) -> Result<()> {
    let command =
        cargo(&["test", "--release", "--locked", "-p", "tests", "--features", "aws", "--test", "conformance"]);
    succeed(&mut at(command, s3, dynamodb, emulator))
}

fn at(mut command: Command, s3: &Store, dynamodb: &Store, emulator: &str) -> Command {
    command.env("EXHIBIT_TEST_S3_ENDPOINT", format!("http://127.0.0.1:{}", s3.port));
    command.env("EXHIBIT_TEST_DYNAMODB_ENDPOINT", format!("http://127.0.0.1:{}", dynamodb.port));
    command.env("EXHIBIT_TEST_EMULATOR", emulator);
    command
}

fn seaweedfs(folder: &Path) -> Result<Store> {
    let (data, identities) = (folder.join("seaweedfs"), folder.join("identities.json"));
    file(&data, fs::create_dir_all(&data))?;
    file(&identities, fs::write(&identities, IDENTITIES))?;
    let (port, master) = (free_port()?, free_port()?);
    let mut arguments: Vec<String> = SEAWEEDFS.iter().map(|argument| (*argument).to_owned()).collect();
    arguments.extend([format!("-dir={}", data.display()), format!("-s3.config={}", identities.display())]);
    arguments.extend([format!("-s3.port={port}"), format!("-master.port={master}")]);
    for name in SEAWEEDFS_PORTS {
        arguments.push(format!("-{name}={}", free_port()?));
    }
    let (program, environment, ready) = (python::program("stores", "weed")?, Vec::new(), (master, "/dir/assign"));
    Ok(Store { program, arguments, environment, port, ready, log: folder.join("seaweedfs.log") })
}

// Each bucket takes several volumes. The numbers of what it runs are not sent to its makers.
const SEAWEEDFS: [&str; 10] = [
    "server",
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-filer",
    "-s3",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-volume.max=200",
    "-master.volumeSizeLimitMB=64",
    "-master.telemetry=false",
];
const SEAWEEDFS_PORTS: [&str; 6] =
    ["master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc", "s3.port.grpc"];

fn dynoxide(folder: &Path) -> Result<Store> {
    let tools = target()?.join("tools");
    let program = tools.join("bin").join(format!("dynoxide{}", std::env::consts::EXE_SUFFIX));
    // Its own --version names another release.
    let installed = fs::read_to_string(tools.join(".crates.toml")).unwrap_or_default();
    if !program.exists() || !installed.contains(&format!("\"dynoxide-rs {DYNOXIDE} ")) {
        install(&tools)?;
    }
    let port = free_port()?;
    let arguments = ["serve", "--log", "quiet", "--port", &port.to_string(), "--db-path"].map(str::to_owned);
    let arguments = arguments.into_iter().chain([folder.join("dynoxide.db").display().to_string()]).collect();
    let ready = (port, "/");
    Ok(Store { program, arguments, environment: Vec::new(), port, ready, log: folder.join("dynoxide.log") })
}

fn install(tools: &Path) -> Result<()> {
    let build = tools.join("build");
    println!("building dynoxide {DYNOXIDE} into {} (once, about three minutes)", tools.display());
    let mut command = cargo(&["install", "--locked", "--quiet", "--force", "--version", DYNOXIDE, "dynoxide-rs"]);
    // Without its import tool and its second server, half of its crates.
    command.args(["--no-default-features", "--features", "native-sqlite,http-server,cli"]);
    succeed(command.arg("--root").arg(tools).arg("--target-dir").arg(&build))?;
    // A quarter of a gigabyte that nothing needs again; leaving it behind is no failure.
    let _ = fs::remove_dir_all(build);
    Ok(())
}

impl Store {
    fn start(&self) -> Result<Running> {
        let log = file(&self.log, OpenOptions::new().create(true).append(true).open(&self.log))?;
        let errors = file(&self.log, log.try_clone())?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(root()).stdin(Stdio::null()).stdout(log).stderr(errors);
        let child = command.spawn().map_err(|source| TaskError::Start { command: show(&command), source })?;
        let running = Running(child);
        let begun = Instant::now();
        while !answers(self.ready) {
            if begun.elapsed() > PATIENCE {
                let answer = format!("no answer within {} seconds; see {}", PATIENCE.as_secs(), self.log.display());
                return Err(TaskError::Answer { command: show(&command), answer });
            }
            sleep(Duration::from_millis(100));
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGKILL on purpose: a store that is asked to end writes what it would have lost.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn answers((port, path): (u16, &str)) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

fn free_port() -> Result<u16> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let start = |source| TaskError::Start { command: "a listener on 127.0.0.1".to_owned(), source };
    bound.map(|address| address.port()).map_err(start)
}

fn file<T>(path: &Path, result: std::io::Result<T>) -> Result<T> {
    result.map_err(|source| TaskError::File { path: path.display().to_string(), source })
}
