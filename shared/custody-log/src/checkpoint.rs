//! Checkpoints (c2sp.org/tlog-checkpoint) as signed notes (c2sp.org/signed-note).

use crate::{Cosignature, LogError, VerificationKey, WitnessKey};
use domain::Digest;
use signed_note::{Note, Signature};
use tlog_tiles::tlog::Hash;

/// The head of a log: how many entries it has, and its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

impl Checkpoint {
    /// What is signed: origin, size and root, a line each.
    pub fn text(&self) -> Result<Vec<u8>, LogError> {
        let head = tlog_tiles::Checkpoint::new(&self.origin, self.size, Hash(*self.root.as_bytes()), "");
        head.map(|head| head.to_bytes()).map_err(|error| LogError::malformed("checkpoint", error))
    }

    /// Reads what [`Self::text`] writes. Extension lines are left aside.
    pub fn read(text: &[u8]) -> Result<Self, LogError> {
        let head = tlog_tiles::Checkpoint::from_bytes(text);
        let head = head.map_err(|error| LogError::malformed("checkpoint", error))?;
        let root = Digest::from_bytes(head.hash().0);
        Ok(Self { origin: head.origin().to_owned(), size: head.size(), root })
    }
}

/// A checkpoint with signatures: of its log, and of witnesses.
#[derive(Debug, PartialEq)]
pub struct SignedCheckpoint {
    note: Note,
    checkpoint: Checkpoint,
}

/// Whose signatures count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Keys of the log; one of them has to have signed.
    pub keys: Vec<VerificationKey>,
    /// Keys of witnesses.
    pub witnesses: Vec<WitnessKey>,
}

/// A checkpoint whose signatures were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The keys of the log that signed it.
    pub signed_by: Vec<VerificationKey>,
    /// The witnesses that cosigned it, each with the time it gives.
    pub cosigned_by: Vec<Cosignature>,
    /// How many further signatures there are, by keys that nobody named.
    pub unknown: usize,
}

impl SignedCheckpoint {
    /// A checkpoint that nobody has signed yet.
    pub fn unsigned(checkpoint: Checkpoint) -> Result<Self, LogError> {
        let note = Note::new(&checkpoint.text()?, &[]).map_err(malformed)?;
        Ok(Self { note, checkpoint })
    }

    /// Reads a signed note. Whether its signatures fit is not looked at.
    pub fn read(bytes: &[u8]) -> Result<Self, LogError> {
        let note = Note::from_bytes(bytes).map_err(malformed)?;
        let checkpoint = Checkpoint::read(note.text())?;
        Ok(Self { note, checkpoint })
    }

    /// What it says, whoever signed it.
    pub fn claim(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// What a signature is made of.
    pub fn text(&self) -> &[u8] {
        self.note.text()
    }

    /// Adds the signature of a log's key, made of [`Self::text`] by whoever holds the private key (a file, KMS).
    ///
    /// Fails when it does not fit: a key that answers wrongly is noticed before anything is published.
    pub fn sign(self, key: &VerificationKey, signature: &[u8]) -> Result<Self, LogError> {
        if !key.verifies(self.text(), signature) {
            return Err(LogError::Signature(key.to_string()));
        }
        self.add(Signature::new(key.origin().to_owned(), key.id(), signature.to_vec()).map_err(malformed)?)
    }

    /// Adds the signature line of a witness.
    ///
    /// Fails when it does not fit.
    pub fn cosign(self, witness: &WitnessKey, line: &[u8]) -> Result<Self, LogError> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let signature = Signature::from_bytes(line).map_err(malformed)?;
        witness.check(self.text(), &signature)?;
        self.add(signature)
    }

    fn add(self, signature: Signature) -> Result<Self, LogError> {
        let mut lines = self.signatures()?;
        lines.retain(|line| (line.name(), line.id()) != (signature.name(), signature.id()));
        lines.push(signature);
        let note = Note::new(self.note.text(), &lines).map_err(malformed)?;
        Ok(Self { note, ..self })
    }

    // A note gives its signatures out only as bytes, or when they were verified.
    fn signatures(&self) -> Result<Vec<Signature>, LogError> {
        let bytes = self.note.to_bytes();
        let lines = bytes.get(self.note.text().len() + 1..).unwrap_or_default();
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| Signature::from_bytes(line).map_err(malformed)).collect()
    }

    /// The signed note.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.note.to_bytes()
    }

    /// Checks the signatures: one by a key of the log has to be there, and none by a known key may be wrong.
    pub fn open(&self, trust: &Trust) -> Result<Opened, LogError> {
        let origin = &self.checkpoint.origin;
        let (mut signed_by, mut cosigned_by, mut unknown) = (Vec::new(), Vec::new(), 0);
        for line in self.signatures()? {
            let same = |name: &str, id: u32| (name, id) == (line.name(), line.id());
            if let Some(key) = trust.keys.iter().find(|key| same(key.origin(), key.id())) {
                match key.verifies(self.text(), line.signature()) {
                    true => signed_by.push(key.clone()),
                    false => return Err(LogError::Signature(key.to_string())),
                }
            } else if let Some(witness) = trust.witnesses.iter().find(|witness| same(witness.name(), witness.id())) {
                cosigned_by.push(witness.check(self.text(), &line)?);
            } else {
                unknown += 1;
            }
        }
        if let Some(other) = signed_by.iter().find(|key| key.origin() != origin) {
            return Err(LogError::Origin { expected: other.origin().to_owned(), found: origin.clone() });
        }
        if signed_by.is_empty() {
            return Err(self.unsigned_by(trust));
        }
        Ok(Opened { checkpoint: self.checkpoint.clone(), signed_by, cosigned_by, unknown })
    }

    fn unsigned_by(&self, trust: &Trust) -> LogError {
        let found = &self.checkpoint.origin;
        match trust.keys.iter().find(|key| key.origin() != found) {
            Some(key) if trust.keys.len() == 1 => {
                LogError::Origin { expected: key.origin().to_owned(), found: found.clone() }
            }
            _ => {
                let keys: Vec<String> = trust.keys.iter().map(ToString::to_string).collect();
                LogError::Unsigned(if keys.is_empty() { "any known key".to_owned() } else { keys.join(" or ") })
            }
        }
    }
}

fn malformed(error: signed_note::NoteError) -> LogError {
    LogError::malformed("signed note", error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SigningKey;

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "a.example/acme".to_owned(), size: 3, root: Digest::of(b"root") }
    }

    fn signed(key: &SigningKey) -> SignedCheckpoint {
        let unsigned = SignedCheckpoint::unsigned(checkpoint()).unwrap();
        let signature = key.sign(unsigned.text());
        unsigned.sign(&key.verification_key(), &signature).unwrap()
    }

    fn trust(keys: &[&SigningKey]) -> Trust {
        Trust { keys: keys.iter().map(|key| key.verification_key()).collect(), witnesses: Vec::new() }
    }

    #[test]
    fn a_checkpoint_that_was_signed_opens_with_its_key_and_with_no_other() {
        let [key, other] = [1, 2].map(|seed| SigningKey::new("a.example/acme", [seed; 32]).unwrap());
        let note = signed(&key).to_bytes();
        let read = SignedCheckpoint::read(&note).unwrap();
        let opened = read.open(&trust(&[&key, &other])).unwrap();
        assert_eq!((opened.checkpoint, opened.signed_by), (checkpoint(), vec![key.verification_key()]));
        assert!(matches!(read.open(&trust(&[&other])), Err(LogError::Unsigned(_))));
        assert!(matches!(read.open(&trust(&[])), Err(LogError::Unsigned(_))));
        let elsewhere = SigningKey::new("b.example/acme", [1; 32]).unwrap();
        assert!(matches!(read.open(&trust(&[&elsewhere])), Err(LogError::Origin { .. })));
    }

    #[test]
    fn a_text_that_was_changed_is_refused() {
        let key = SigningKey::new("a.example/acme", [1; 32]).unwrap();
        let note = String::from_utf8(signed(&key).to_bytes()).unwrap().replace("\n3\n", "\n4\n");
        let read = SignedCheckpoint::read(note.as_bytes()).unwrap();
        assert!(matches!(read.open(&trust(&[&key])), Err(LogError::Signature(_))));
    }

    #[test]
    fn while_a_key_is_handed_over_both_sign_and_either_opens() {
        let [old, new] = [1, 2].map(|seed| SigningKey::new("a.example/acme", [seed; 32]).unwrap());
        let both = signed(&old);
        let signature = new.sign(both.text());
        let both = both.sign(&new.verification_key(), &signature).unwrap();
        for key in [&old, &new] {
            assert_eq!(both.open(&trust(&[key])).unwrap().unknown, 1);
        }
        assert_eq!(both.open(&trust(&[&old, &new])).unwrap().signed_by.len(), 2);
    }

    #[test]
    fn a_signature_that_does_not_fit_is_not_added() {
        let [key, other] = [1, 2].map(|seed| SigningKey::new("a.example/acme", [seed; 32]).unwrap());
        let unsigned = SignedCheckpoint::unsigned(checkpoint()).unwrap();
        let signature = other.sign(unsigned.text());
        assert!(matches!(unsigned.sign(&key.verification_key(), &signature), Err(LogError::Signature(_))));
    }
}
