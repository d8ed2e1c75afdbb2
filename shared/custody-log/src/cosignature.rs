//! Cosignatures with a time (c2sp.org/tlog-cosignature, cosignature/v1): a witness says when it saw a checkpoint that was consistent
//! with every one it had seen before.

use crate::{LogError, SignedCheckpoint, SigningKey, key::NamedKey, key::Use};
use domain::Timestamp;
use signed_note::Signature;
use std::{fmt, str::FromStr};

/// The public key of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey(NamedKey);

/// A cosignature that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness.
    pub witness: String,
    /// When it saw the checkpoint; to the second.
    pub at: Timestamp,
}

impl WitnessKey {
    /// The witness's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The id that stands before its signatures.
    pub fn id(&self) -> u32 {
        self.0.id
    }

    /// Whether `line` is this witness's cosignature of the checkpoint whose text this is.
    pub(crate) fn check(&self, text: &[u8], line: &Signature) -> Result<Cosignature, LogError> {
        let wrong = || LogError::Signature(self.to_string());
        let (time, signature) = line.signature().split_first_chunk::<8>().ok_or_else(wrong)?;
        let seconds = u64::from_be_bytes(*time);
        if (line.name(), line.id()) != (self.name(), self.id()) || !self.0.verifies(&message(seconds, text), signature)
        {
            return Err(wrong());
        }
        let at = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        Ok(Cosignature { witness: self.name().to_owned(), at: at.ok_or_else(wrong)? })
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for WitnessKey {
    type Err = LogError;
    fn from_str(text: &str) -> Result<Self, LogError> {
        NamedKey::read(text, Use::Cosignature).map(Self)
    }
}

/// Whoever cosigns.
#[derive(Debug, Clone)]
pub struct Witness {
    key: SigningKey,
}

impl Witness {
    /// The witness that holds this key, named as the key is.
    pub fn new(key: SigningKey) -> Self {
        Self { key }
    }

    /// Its public key.
    pub fn key(&self) -> Result<WitnessKey, LogError> {
        NamedKey::new(self.key.name(), Use::Cosignature, self.key.public()).map(WitnessKey)
    }

    /// The signature line for a checkpoint, seen at `now`. Whether it may be cosigned, that is, whether it follows from the last one that
    /// was, is for the caller to have checked.
    pub fn cosign(&self, checkpoint: &SignedCheckpoint, now: Timestamp) -> Result<Vec<u8>, LogError> {
        let seconds = u64::try_from(now.as_second())
            .map_err(|_| LogError::malformed("time of a cosignature", format!("{now} is before 1970")))?;
        let mut signature = seconds.to_be_bytes().to_vec();
        signature.extend(self.key.sign(&message(seconds, checkpoint.text())));
        let key = self.key()?;
        let line = Signature::new(key.name().to_owned(), key.id(), signature);
        line.map(|line| line.to_bytes()).map_err(|error| LogError::malformed("cosignature", error))
    }
}

fn message(seconds: u64, text: &[u8]) -> Vec<u8> {
    let mut message = format!("cosignature/v1\ntime {seconds}\n").into_bytes();
    message.extend(text);
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Checkpoint, Trust};
    use domain::Digest;

    #[test]
    fn a_cosignature_is_checked_with_its_time() {
        let log = SigningKey::new("a.example/acme", [1; 32]).unwrap();
        let witness = Witness::new(SigningKey::new("auditor.example/w", [2; 32]).unwrap());
        let checkpoint = Checkpoint { origin: "a.example/acme".to_owned(), size: 3, root: Digest::of(b"root") };
        let checkpoint = SignedCheckpoint::unsigned(checkpoint).unwrap();
        let signature = log.sign(checkpoint.text());
        let checkpoint = checkpoint.sign(&log.verification_key(), &signature).unwrap();
        let at: Timestamp = "2026-11-21T17:00:00Z".parse().unwrap();
        let line = witness.cosign(&checkpoint, at).unwrap();
        let key = witness.key().unwrap();
        assert_eq!(key.to_string().parse::<WitnessKey>().unwrap(), key);
        let cosigned = checkpoint.cosign(&key, &line).unwrap();
        let trust = Trust { keys: vec![log.verification_key()], witnesses: vec![key.clone()] };
        let opened = SignedCheckpoint::read(&cosigned.to_bytes()).unwrap().open(&trust).unwrap();
        assert_eq!(opened.cosigned_by, [Cosignature { witness: "auditor.example/w".to_owned(), at }]);
        // A later time under the same signature.
        let mut changed = line.clone();
        let middle = changed.len() - 90;
        changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
        assert!(cosigned.cosign(&key, &changed).is_err());
    }
}
