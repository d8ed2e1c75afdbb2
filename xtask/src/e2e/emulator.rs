//! An emulated AWS: MiniStack in a process of its own, which goes when we go.

use crate::{Result, TaskError, python};
use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Its sources are in the tree, beside this file.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/e2e");

const LOCALHOST: [u8; 4] = [127, 0, 0, 1];

/// The region that everything is in.
pub const REGION: &str = "us-east-1";

/// A running MiniStack. Dropping it ends it and every function it started.
pub struct Emulator {
    process: Child,
    /// Where it keeps what it writes: its log, its authority, the logs of functions.
    pub folder: PathBuf,
    /// Where it answers over TLS.
    pub endpoint: String,
}

impl Emulator {
    /// Starts one in `folder`, which must be empty, and waits until it answers.
    pub fn start(folder: &Path) -> Result<Self> {
        let (plain, secure) = (free_port()?, free_port()?);
        let temporary = folder.join("tmp");
        fs::create_dir_all(&temporary).map_err(|source| at(folder, source))?;
        let log = folder.join("ministack.log");
        let output = File::create(&log).map_err(|source| at(&log, source))?;
        let errors = output.try_clone().map_err(|source| at(&log, source))?;
        let endpoint = format!("https://127.0.0.1:{secure}");
        let mut command = Command::new(python::program("e2e", "python")?);
        command.arg(Path::new(SOURCES).join("emulator.py")).arg(folder).env_clear();
        command.envs(inherited()).envs(caller(&endpoint, folder)).envs([
            ("AUTH", "true"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("BIND_HOST", "127.0.0.1"),
            ("MINISTACK_REGION", REGION),
            ("IOT_MTLS_ENABLED", "0"),
            ("SFTP_ENABLED", "0"),
            // Tries of a killed collector follow each other soon.
            ("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "0.5"),
            // A state that is tried again is tried again soon.
            ("SFN_WAIT_SCALE", "0.1"),
        ]);
        command.env("GATEWAY_PORT", plain.to_string()).env("SECURE_PORT", secure.to_string());
        command.env("HOME", folder).env("TMPDIR", &temporary).env("STATE_DIR", folder.join("state"));
        command.current_dir(folder).stdin(Stdio::piped()).stdout(output).stderr(errors);
        let process = command.spawn().map_err(|source| TaskError::Start { command: "MiniStack".to_owned(), source })?;
        let mut emulator = Self { process, folder: folder.to_owned(), endpoint };
        emulator.wait_for(secure)?;
        Ok(emulator)
    }

    fn wait_for(&mut self, port: u16) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            if self.process.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            if TcpStream::connect(SocketAddr::from((LOCALHOST, port))).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let answer = fs::read_to_string(self.folder.join("ministack.log")).unwrap_or_default();
        Err(TaskError::Answer { command: "MiniStack".to_owned(), answer })
    }

    /// What a caller of it has in the environment. These credentials are the account's own: nothing is forbidden to them.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        caller(&self.endpoint, &self.folder)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The end of its input tells it to keep the logs and to end itself and the functions.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn caller(endpoint: &str, folder: &Path) -> Vec<(&'static str, String)> {
    let authority = folder.join("authority.pem").display().to_string();
    vec![
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        // By which Python, and by which everything of ours knows the authority.
        ("AWS_CA_BUNDLE", authority.clone()),
        ("SSL_CERT_FILE", authority),
    ]
}

/// What the emulator needs of our environment; the rest, credentials of a real AWS among it, stays here.
fn inherited() -> impl Iterator<Item = (String, String)> {
    std::env::vars().filter(|(name, _)| ["PATH", "LANG", "LC_ALL"].contains(&name.as_str()))
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(SocketAddr::from((LOCALHOST, 0)));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|source| TaskError::File { path: "127.0.0.1".to_owned(), source })
}

fn at(path: &Path, source: std::io::Error) -> TaskError {
    TaskError::File { path: path.display().to_string(), source }
}
