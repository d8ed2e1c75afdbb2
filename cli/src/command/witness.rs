//! `exhibit witness`

use super::{Output, verify::parsed};
use crate::{
    CommandError, ExitCode,
    witness::{NotCosigned, WitnessHome, routes},
};
use bundle::{CHECKPOINT, Files as _, History, LogFiles, log_name};
use clap::{Args, Subcommand};
use custody_log::{AddCheckpoint, LogError, SignedCheckpoint, TileName, Tiles, VerificationKey, prove_consistency};
use runtime::Clock;
use serde::Serialize;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use tokio::net::TcpListener;
use verify::download::{Folder, Received};

#[derive(Debug, Args)]
pub(super) struct Witness {
    /// The witness's folder: its key, and the last checkpoint of each log that it cosigned.
    #[arg(long, value_name = "FOLDER", default_value = "exhibit-witness")]
    home: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a witness: a key of its own, and a place for what it sees.
    Init {
        /// The witness's name, as auditor.example/witness: it stands before each of its cosignatures.
        name: String,
    },
    /// Look at the log of a bundle, and cosign its checkpoint if it goes on from the last one that was seen.
    See {
        /// The bundle, the folder of a downloaded report, or of an exported log.
        bundle: PathBuf,
        /// The verification key of the log, or a file with it; needed the first time.
        #[arg(long, value_name = "VKEY")]
        key: Option<String>,
        /// Write the checkpoint with the cosignature into this file.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Answer logs that ask for cosignatures over HTTP (c2sp.org/tlog-witness).
    Serve {
        /// The verification keys of the logs that may ask, or files with them; those that are known already need not be named.
        #[arg(long, value_name = "VKEY")]
        key: Vec<String>,
        /// Where to listen. Put a proxy with TLS in front for other machines.
        #[arg(long, default_value = "127.0.0.1:8095", value_name = "ADDRESS")]
        listen: SocketAddr,
    },
}

#[derive(Serialize)]
struct Answer {
    witness: String,
    origin: String,
    size: u64,
    cosignature: String,
}

impl Witness {
    pub(super) async fn run(self, output: &Output) -> Result<ExitCode, CommandError> {
        match self.what {
            What::Init { name } => init(&self.home, &name, output),
            What::See { bundle, key, out } => see(&self.home, &bundle, key.as_deref(), out.as_deref(), output),
            What::Serve { key, listen } => serve(&self.home, &key, listen, output).await,
        }
    }
}

fn init(home: &Path, name: &str, output: &Output) -> Result<ExitCode, CommandError> {
    let key = WitnessHome::create(home, name)?.key()?.to_string();
    output.say(format!("Made the witness {name} in {}. Its key, for those who check by it:", home.display()));
    output.say(&key);
    output.answer(&serde_json::json!({"witness": name, "key": key}))?;
    Ok(ExitCode::Done)
}

fn see(
    home: &Path,
    bundle: &Path,
    key: Option<&str>,
    out: Option<&Path>,
    output: &Output,
) -> Result<ExitCode, CommandError> {
    let witness = WitnessHome::open(home)?;
    if let Some(key) = key {
        witness.trust(&parsed::<VerificationKey>(key)?)?;
    }
    // An exported log has no record: any folder will do.
    let files = if bundle.is_dir() { Received::Folder(Folder::create(bundle)?) } else { Received::open(bundle)? };
    let request = request(&witness, &files)?;
    let line = match witness.add(&request, Clock::System.now()) {
        Ok(line) => line,
        Err(NotCosigned::Own(error)) => return Err(*error),
        Err(NotCosigned::Refused(refusal)) => {
            return Err(CommandError::DoesNotHold(format!("not cosigned: {refusal}")));
        }
    };
    let AddCheckpoint { old, checkpoint, .. } = request;
    let (origin, size) = (checkpoint.claim().origin.clone(), checkpoint.claim().size);
    let cosigned = checkpoint.cosign(&witness.key()?, &line);
    let note = cosigned.map_err(|error| CommandError::DoesNotHold(error.to_string()))?.to_bytes();
    if let Some(out) = out {
        fs::write(out, &note).map_err(CommandError::file(out))?;
    }
    output.say(match old {
        0 => format!("The log {origin} was seen for the first time, with {size} entries. Cosigned:"),
        old => format!("The log {origin} goes on from the {old} entries that were seen last, to {size}. Cosigned:"),
    });
    let cosignature = String::from_utf8_lossy(&line).trim_end().to_owned();
    output.say(&cosignature);
    output.answer(&Answer { witness: witness.key()?.to_string(), origin, size, cosignature })?;
    Ok(ExitCode::Done)
}

// Every entry is looked at, not only the proof: what a witness has cosigned, it has read.
fn request(witness: &WitnessHome, files: &Received) -> Result<AddCheckpoint, CommandError> {
    let does_not_hold = |what: &str, reason: String| CommandError::DoesNotHold(format!("{what}: {reason}"));
    // An exported log has its files without a folder around them.
    let inside = if files.has(CHECKPOINT) { "" } else { "log/" };
    let named = |name: String| name.strip_prefix(inside).map_or(name.clone(), str::to_owned);
    let note =
        files.read(&named(CHECKPOINT.to_owned())).map_err(|error| does_not_hold(CHECKPOINT, error.to_string()))?;
    let checkpoint = SignedCheckpoint::read(&note).map_err(|error| does_not_hold(CHECKPOINT, error.to_string()))?;
    let claim = checkpoint.claim().clone();
    let read = |name: TileName| files.read(&named(log_name(name))).map_err(|error| error.to_string());
    let tenant = tenant_of(&read, claim.size)?;
    let mut problems = Vec::new();
    let history = History::read(&tenant, claim.size, &LogFiles { read: &read, name: &log_name }, &mut problems);
    if let Some(problem) = problems.first() {
        return Err(does_not_hold(&problem.what, problem.message.clone()));
    }
    if history.root_at(claim.size) != Some(claim.root) {
        return Err(does_not_hold(CHECKPOINT, "its root is not the one of the entries".to_owned()));
    }
    let old = witness.last(&claim.origin)?.map_or(0, |last| last.size);
    // A log that got shorter is told so by the witness itself.
    let upto = old.min(claim.size);
    let proof = prove_consistency(&Sent { read: &read }, claim.size, claim.root, upto);
    let proof = proof.map_err(|error| does_not_hold("the tiles", error.to_string()))?;
    if old > claim.size {
        let message =
            format!("the log had {old} entries when it was seen last and has {}: entries were removed", claim.size);
        return Err(CommandError::DoesNotHold(message));
    }
    Ok(AddCheckpoint { old, proof, checkpoint })
}

// Whose log it is stands in its first entry.
fn tenant_of(read: &impl Fn(TileName) -> Result<Vec<u8>, String>, size: u64) -> Result<domain::TenantId, CommandError> {
    let does_not_hold = |reason: String| CommandError::DoesNotHold(format!("the first entry: {reason}"));
    let first = TileName::entries_of(size).next().ok_or_else(|| does_not_hold("there is none".to_owned()))?;
    let bytes = read(first).map_err(does_not_hold)?;
    let entries = custody_log::split(&bytes).map_err(|error| does_not_hold(error.to_string()))?;
    let event: domain::CustodyEvent = serde_json::from_slice(entries.first().copied().unwrap_or_default())?;
    Ok(event.tenant)
}

/// The tiles of what was received.
struct Sent<'a> {
    read: &'a dyn Fn(TileName) -> Result<Vec<u8>, String>,
}

impl Tiles for Sent<'_> {
    fn tile(&self, name: TileName) -> Result<Vec<u8>, LogError> {
        (self.read)(name).map_err(|reason| LogError::Tile { name: name.to_string(), reason })
    }
}

async fn serve(home: &Path, keys: &[String], listen: SocketAddr, output: &Output) -> Result<ExitCode, CommandError> {
    let witness = WitnessHome::open(home)?;
    for key in keys {
        witness.trust(&parsed::<VerificationKey>(key)?)?;
    }
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| CommandError::Invalid(format!("{listen} cannot be served: {error}; give another --listen")))?;
    let own = listener.local_addr().map_err(CommandError::file("the socket"))?;
    output.note(format!("witnessing at http://{own}/add-checkpoint as {}; stop with Ctrl-C", witness.key()?));
    output.line(&serde_json::json!({"witnessing": format!("http://{own}")}))?;
    let serving = axum::serve(listener, routes(witness, Clock::System));
    let stopped = async { drop(tokio::signal::ctrl_c().await) };
    serving.with_graceful_shutdown(stopped).await.map_err(CommandError::file("the socket"))?;
    Ok(ExitCode::Done)
}
