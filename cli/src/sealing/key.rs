//! The keys with which a data directory signs its log.

use crate::{CommandError, published, secret};
use custody_log::{SigningKey, Trust, VerificationKey};
use domain::Timestamp;
use seal::Signer;
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// The key of a data directory's log, and the one that takes over while it is handed over.
#[derive(Debug, Clone)]
pub struct LogKeys {
    directory: PathBuf,
    current: SigningKey,
    next: Option<SigningKey>,
}

const CURRENT: &str = "log.key";
const NEXT: &str = "log.key.next";
const PUBLIC: &str = "log.vkey";

impl LogKeys {
    /// Whether the data directory at `directory` has a key.
    pub fn are_in(directory: &Path) -> bool {
        directory.join(CURRENT).exists()
    }

    /// Makes the first key of the log `origin`; what is there stays.
    pub fn make(directory: &Path, origin: &str) -> Result<(), CommandError> {
        make(&directory.join(CURRENT), origin)
    }

    /// Reads the keys of the log `origin`, and publishes the verification key beside them as `log.vkey`.
    pub fn read(directory: &Path, origin: &str) -> Result<Self, CommandError> {
        let next = directory.join(NEXT);
        let next = if next.exists() { Some(read(&next, origin)?) } else { None };
        let keys = Self { current: read(&directory.join(CURRENT), origin)?, next, directory: directory.to_owned() };
        keys.publish()?;
        Ok(keys)
    }

    /// The verification key of the key that signs.
    pub fn verification_key(&self) -> VerificationKey {
        self.current.verification_key()
    }

    /// Whoever signs checkpoints now: one, or two while the one hands over to the other.
    pub fn signers(&self) -> Vec<Signer> {
        std::iter::once(&self.current).chain(&self.next).cloned().map(Signer::File).collect()
    }

    /// Checkpoints that one of them signed.
    pub fn trust(&self) -> Trust {
        Trust { keys: self.signers().iter().map(Signer::key).collect(), witnesses: Vec::new() }
    }

    /// The key that signs and the one that takes over: made now, or by whoever began to hand over and did not end.
    pub fn successor(&mut self) -> Result<(SigningKey, SigningKey), CommandError> {
        let path = self.directory.join(NEXT);
        make(&path, self.current.name())?;
        let next = read(&path, self.current.name())?;
        self.next = Some(next.clone());
        Ok((self.current.clone(), next))
    }

    /// Puts the key that signed until now aside as `log.key.<date>`, and the next in its place. Gives where the old one is.
    ///
    /// A crash leaves the old key in both places, and then the next handing over goes on from there.
    pub fn hand_over(&self, now: Timestamp) -> Result<PathBuf, CommandError> {
        let (current, next) = (self.directory.join(CURRENT), self.directory.join(NEXT));
        let aside = self.put_aside(&current, now)?;
        fs::rename(&next, &current).map_err(CommandError::file(&next))?;
        sync(&self.directory)?;
        Self::read(&self.directory, self.current.name())?;
        Ok(aside)
    }

    // A second link, so that there is a `log.key` at every moment. Of two handed over on one day, the second is `<date>.2`.
    fn put_aside(&self, current: &Path, now: Timestamp) -> Result<PathBuf, CommandError> {
        let date = now.strftime("%Y-%m-%d").to_string();
        let names = (1_u32..).map(|n| if n == 1 { date.clone() } else { format!("{date}.{n}") });
        for name in names {
            let aside = self.directory.join(format!("{CURRENT}.{name}"));
            match fs::hard_link(current, &aside) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if read(&aside, self.current.name())?.to_text() == self.current.to_text() {
                        return Ok(aside);
                    }
                }
                linked => return linked.map(|()| aside).map_err(CommandError::file(current)),
            }
        }
        Err(CommandError::Invalid(format!("{date}: too many keys")))
    }

    // Whoever checks the log reads it; it is made anew when it is not the key's.
    fn publish(&self) -> Result<(), CommandError> {
        let (path, text) = (self.directory.join(PUBLIC), format!("{}\n", self.verification_key()));
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        published::replace(&path, text.as_bytes()).map_err(CommandError::file(&path))
    }
}

fn make(path: &Path, origin: &str) -> Result<(), CommandError> {
    let key = SigningKey::new(origin, secret::random()?);
    let key = key.map_err(|error| CommandError::Invalid(format!("the log's origin {origin:?}: {error}")))?;
    if path.exists() { Ok(()) } else { secret::write_new(path, &key.to_text()) }
}

fn read(path: &Path, origin: &str) -> Result<SigningKey, CommandError> {
    let key = SigningKey::from_text(&secret::read(path, "sign checkpoints of the log")?);
    let key = key.map_err(|error| CommandError::Invalid(format!("{}: {error}", path.display())))?;
    if key.name() == origin {
        return Ok(key);
    }
    let message = format!(
        "{} is a key of the log {}, and exhibit.toml names the log {origin}: a log keeps its name, put that back as `origin`",
        path.display(),
        key.name()
    );
    Err(CommandError::Invalid(message))
}

fn sync(folder: &Path) -> Result<(), CommandError> {
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(CommandError::file(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "acme.example/exhibit";

    fn keys(folder: &Path) -> LogKeys {
        LogKeys::make(folder, ORIGIN).unwrap();
        LogKeys::read(folder, ORIGIN).unwrap()
    }

    #[test]
    fn the_key_is_made_once_and_its_public_half_is_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = keys(folder.path()).verification_key();
        assert_eq!(keys(folder.path()).verification_key(), first);
        let published = fs::read_to_string(folder.path().join(PUBLIC)).unwrap();
        assert_eq!(published, format!("{first}\n"));
        fs::write(folder.path().join(PUBLIC), "something else").unwrap();
        keys(folder.path());
        assert_eq!(fs::read_to_string(folder.path().join(PUBLIC)).unwrap(), published);
        assert!(LogKeys::make(folder.path(), "a log").unwrap_err().to_string().contains("a log"));
        let renamed = LogKeys::read(folder.path(), "other.example/log").unwrap_err().to_string();
        assert!(renamed.contains(ORIGIN) && renamed.contains("origin"), "{renamed}");
    }

    #[test]
    fn a_key_is_handed_over_also_after_a_crash_at_each_step_and_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let (now, path) = ("2026-11-21T10:00:00Z".parse().unwrap(), |name: &str| folder.path().join(name));
        let mut first = keys(folder.path());
        let next = first.successor().unwrap().1.verification_key();
        // Broken off after the next was made: it stays, and both sign.
        let mut again = keys(folder.path());
        assert_eq!(again.signers().len(), 2);
        assert_eq!(again.successor().unwrap().1.verification_key(), next);
        // Broken off after the old was put aside.
        fs::hard_link(path("log.key"), path("log.key.2026-11-21")).unwrap();
        assert_eq!(again.hand_over(now).unwrap(), path("log.key.2026-11-21"));
        let mut second = keys(folder.path());
        assert_eq!((second.verification_key(), second.signers().len()), (next, 1));
        assert_eq!(fs::read_to_string(path(PUBLIC)).unwrap(), format!("{}\n", second.verification_key()));
        // On the same day once more.
        second.successor().unwrap();
        assert_eq!(second.hand_over(now).unwrap(), path("log.key.2026-11-21.2"));
        assert_eq!(read(&path("log.key.2026-11-21"), ORIGIN).unwrap().verification_key(), first.verification_key());
    }
}
