//! A witness: it keeps the last checkpoint of each log that it saw, and cosigns a newer one only when that goes on from it.
//!
//! Its folder holds its key, the keys of the logs that it was asked to witness, and of each the last checkpoint that it cosigned. That
//! checkpoint is on the disk before the cosignature leaves: whatever ends the process, it never cosigns two logs of one name.

mod serving;

pub use serving::routes;

use crate::{CommandError, secret};
use custody_log::{
    AddCheckpoint, Checkpoint, Refusal, SignedCheckpoint, SigningKey, VerificationKey, Witness, WitnessKey,
};
use domain::{Digest, Timestamp};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// A witness and what it saw.
#[derive(Debug, Clone)]
pub struct WitnessHome {
    folder: PathBuf,
    witness: Witness,
}

/// Why nothing was cosigned.
#[derive(Debug, thiserror::Error)]
pub enum NotCosigned {
    /// What was asked must not be cosigned.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The witness's own folder.
    #[error(transparent)]
    Own(Box<CommandError>),
}

impl From<CommandError> for NotCosigned {
    fn from(error: CommandError) -> Self {
        NotCosigned::Own(Box::new(error))
    }
}

const KEY: &str = "witness.key";
const PUBLIC: &str = "witness.vkey";

impl WitnessHome {
    /// Makes the folder of a new witness. Fails where there is one already.
    pub fn create(folder: &Path, name: &str) -> Result<Self, CommandError> {
        let path = folder.join(KEY);
        if path.exists() {
            let message = format!("{} is a witness already: a witness keeps its key", folder.display());
            return Err(CommandError::Invalid(message));
        }
        let key = SigningKey::new(name, secret::random()?).map_err(|error| CommandError::Invalid(error.to_string()))?;
        fs::create_dir_all(folder.join("logs")).map_err(CommandError::file(folder))?;
        secret::write_new(&path, &key.to_text())?;
        let home = Self::open(folder)?;
        let public = folder.join(PUBLIC);
        fs::write(&public, format!("{}\n", home.key()?)).map_err(CommandError::file(&public))?;
        Ok(home)
    }

    /// Opens the folder of a witness.
    pub fn open(folder: &Path) -> Result<Self, CommandError> {
        let path = folder.join(KEY);
        if !path.exists() {
            let message = format!("{} is no witness: make one with `exhibit witness init`", folder.display());
            return Err(CommandError::Invalid(message));
        }
        let key = SigningKey::from_text(&secret::read(&path, "cosign as this witness")?);
        let key = key.map_err(|error| CommandError::Invalid(format!("{}: {error}", path.display())))?;
        Ok(Self { folder: folder.to_owned(), witness: Witness::new(key) })
    }

    /// Its public key, to be given to those who check by it.
    pub fn key(&self) -> Result<WitnessKey, CommandError> {
        self.witness.key().map_err(|error| CommandError::Invalid(error.to_string()))
    }

    /// Witnesses the log of this key from now on.
    pub fn trust(&self, key: &VerificationKey) -> Result<(), CommandError> {
        let mut keys = self.keys(key.origin())?;
        if !keys.contains(key) {
            keys.push(key.clone());
            let text: String = keys.iter().map(|key| format!("{key}\n")).collect();
            replace(&self.path(key.origin(), "vkey"), text.as_bytes())?;
        }
        Ok(())
    }

    /// The keys that are known for a log.
    pub fn keys(&self, origin: &str) -> Result<Vec<VerificationKey>, CommandError> {
        let path = self.path(origin, "vkey");
        let Some(text) = read_if_there(&path)? else { return Ok(Vec::new()) };
        let text = String::from_utf8_lossy(&text).into_owned();
        let key =
            |line: &str| line.parse().map_err(|error| CommandError::Invalid(format!("{}: {error}", path.display())));
        text.lines().map(key).collect()
    }

    /// The last checkpoint of a log that was cosigned.
    pub fn last(&self, origin: &str) -> Result<Option<Checkpoint>, CommandError> {
        let path = self.path(origin, "checkpoint");
        let Some(note) = read_if_there(&path)? else { return Ok(None) };
        let read = SignedCheckpoint::read(&note).map(|note| Some(note.claim().clone()));
        read.map_err(|error| CommandError::Invalid(format!("{}: {error}", path.display())))
    }

    /// Cosigns what goes on from the last one, and gives the line of the signature. Two who ask at once are answered one after the other.
    pub fn add(&self, request: &AddCheckpoint, now: Timestamp) -> Result<Vec<u8>, NotCosigned> {
        let origin = &request.checkpoint.claim().origin;
        let _turn = self.turn()?;
        request.judge(&self.keys(origin)?, self.last(origin)?.as_ref())?;
        let unsigned = |error: custody_log::LogError| CommandError::Invalid(error.to_string());
        let line = self.witness.cosign(&request.checkpoint, now).map_err(unsigned)?;
        replace(&self.path(origin, "checkpoint"), &request.checkpoint.to_bytes())?;
        Ok(line)
    }

    fn turn(&self) -> Result<File, CommandError> {
        let path = self.folder.join("cosigning.lock");
        let file = File::create(&path).map_err(CommandError::file(&path))?;
        file.lock().map_err(CommandError::file(&path))?;
        Ok(file)
    }

    // The name of a log comes from outside: its digest is a name of a file, whatever it is.
    fn path(&self, origin: &str, kind: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{}.{kind}", Digest::of(origin.as_bytes())))
    }
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, CommandError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(CommandError::file(path)),
    }
}

// Whole, and on the disk, when it returns.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    written().map_err(CommandError::file(path))
}
