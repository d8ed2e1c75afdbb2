//! `exhibit log`

mod entry;
mod export;
mod list;
mod proof;

use super::Output;
use crate::{CommandError, ExitCode, sealing::OwnLog};
use clap::Subcommand;
use custody_log::Opened;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Log {
    /// List the entries: who did what, when.
    List(list::List),
    /// Print new entries as they are sealed, until stopped.
    Follow(list::Follow),
    /// Show one entry and its leaf hash.
    Show {
        /// Which entry, from 0.
        index: u64,
    },
    /// Prove that an entry is in the log, in the text of c2sp.org/tlog-proof: anybody can check it with the verification key.
    Prove {
        /// Which entry, from 0.
        index: u64,
    },
    /// Print the newest checkpoint: a signed note.
    Checkpoint,
    /// Print the verification key of the log.
    Key,
    /// Hand over to a new key. The old one is put aside as log.key.<date>; both sign the checkpoint in between. Run it again if it was
    /// interrupted.
    RotateKey,
    /// Write the log into a folder as c2sp.org/tlog-tiles has it: any tool reads it, and any web server can serve it.
    Export {
        /// The folder; one that holds an earlier export is brought up to date.
        folder: PathBuf,
    },
}

#[derive(Serialize)]
struct CheckpointAnswer {
    origin: String,
    size: u64,
    root: String,
    signed_by: Vec<String>,
    note: String,
}

#[derive(Serialize)]
struct Rotated {
    key: String,
    put_aside: String,
    checkpoint: String,
}

impl Log {
    pub(super) async fn run(self, log: &OwnLog, output: &Output) -> Result<ExitCode, CommandError> {
        match self {
            Log::List(list) => list.run(log, output).await?,
            Log::Follow(follow) => follow.run(log, output).await?,
            Log::Show { index } => proof::show(log, index, output).await?,
            Log::Prove { index } => proof::prove(log, index, output).await?,
            Log::Checkpoint => checkpoint(log, output).await?,
            Log::Key => key(log, output).await?,
            Log::RotateKey => rotate(log, output).await?,
            Log::Export { folder } => export::run(log, &folder, output).await?,
        }
        Ok(ExitCode::Done)
    }
}

/// The newest checkpoint, or that there is none.
async fn newest(log: &OwnLog) -> Result<(Opened, Vec<u8>), CommandError> {
    let empty = "the log is empty: it begins with the first command that changes something";
    log.checkpoint().await?.ok_or_else(|| CommandError::Invalid(empty.to_owned()))
}

async fn checkpoint(log: &OwnLog, output: &Output) -> Result<(), CommandError> {
    let (Opened { checkpoint, signed_by, .. }, note) = newest(log).await?;
    let note = text(note);
    output.say(note.trim_end());
    let signed_by = signed_by.iter().map(ToString::to_string).collect();
    let (origin, size, root) = (checkpoint.origin, checkpoint.size, checkpoint.root.to_string());
    output.answer(&CheckpointAnswer { origin, size, root, signed_by, note })
}

async fn key(log: &OwnLog, output: &Output) -> Result<(), CommandError> {
    let key = log.keys().await?.verification_key().to_string();
    output.say(&key);
    output.answer(&serde_json::json!({"key": key}))
}

async fn rotate(log: &OwnLog, output: &Output) -> Result<(), CommandError> {
    let (note, key, aside) = log.rotate_key().await?;
    let (key, put_aside, checkpoint) = (key.to_string(), aside.display().to_string(), text(note));
    output.say(format!("From now on the log is signed by {key}"));
    output.say(format!("The key that signed until now is in {put_aside}; nothing needs it any more."));
    output.say("Publish the new key (log.vkey) with this checkpoint, which both keys signed:");
    output.say("");
    output.say(checkpoint.trim_end());
    output.answer(&Rotated { key, put_aside, checkpoint })
}

// A signed note is UTF-8: it was read as one.
fn text(note: Vec<u8>) -> String {
    String::from_utf8_lossy(&note).into_owned()
}
