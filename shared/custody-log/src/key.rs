//! Keys of the log: Ed25519 (RFC 8032), written as c2sp.org/signed-note writes them.

use crate::LogError;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, VerifyingKey};
use signed_note::{is_key_name_valid, key_id};
use std::{fmt, str::FromStr};

/// What a key signs, as the first byte of its encoding says (c2sp.org/signed-note, signature types).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Notes.
    Note = 1,
    /// Cosignatures with a time (c2sp.org/tlog-cosignature).
    Cosignature = 4,
}

/// A public key and its name: `<name>+<id>+<base64>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedKey {
    pub(crate) name: String,
    pub(crate) id: u32,
    pub(crate) key: VerifyingKey,
    kind: Use,
}

impl NamedKey {
    pub(crate) fn new(name: &str, kind: Use, key: VerifyingKey) -> Result<Self, LogError> {
        if !is_key_name_valid(name) {
            return Err(LogError::malformed("key name", format!("{name:?} is empty or has a space or a plus in it")));
        }
        let id = key_id(name, &encoded(kind, &key));
        Ok(Self { name: name.to_owned(), id, key, kind })
    }

    pub(crate) fn read(text: &str, kind: Use) -> Result<Self, LogError> {
        let wrong = |reason: &str| LogError::malformed("verification key", format!("{text:?}: {reason}"));
        let mut parts = text.trim().splitn(3, '+');
        let mut next = || parts.next().ok_or_else(|| wrong("write <name>+<id>+<key>"));
        let (name, id, key) = (next()?, next()?, next()?);
        let bytes = BASE64_STANDARD.decode(key).map_err(|_| wrong("its key is not base64"))?;
        let (first, key) = bytes.split_first().ok_or_else(|| wrong("its key is empty"))?;
        if *first != kind as u8 {
            return Err(wrong("it is a key for something else"));
        }
        let key = <[u8; 32]>::try_from(key).map_err(|_| wrong("its key is not 32 bytes long"))?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| wrong("its key is no point of the curve"))?;
        let read = Self::new(name, kind, key)?;
        if format!("{:08x}", read.id) == id { Ok(read) } else { Err(wrong("its id does not fit its name and key")) }
    }

    /// Whether `signature` is one of `message` by this key; small-order points are refused (RFC 8032, section 8.4 and beyond).
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

fn encoded(kind: Use, key: &VerifyingKey) -> Vec<u8> {
    let mut bytes = vec![kind as u8];
    bytes.extend(key.as_bytes());
    bytes
}

impl fmt::Display for NamedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id, BASE64_STANDARD.encode(encoded(self.kind, &self.key)))
    }
}

/// The public key of a log. Its name is the log's origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationKey(pub(crate) NamedKey);

impl VerificationKey {
    /// The key of the log `origin` whose 32 bytes these are.
    pub fn new(origin: &str, key: [u8; 32]) -> Result<Self, LogError> {
        let key = VerifyingKey::from_bytes(&key).map_err(|error| LogError::malformed("verification key", error))?;
        NamedKey::new(origin, Use::Note, key).map(Self)
    }

    /// The log that it is of.
    pub fn origin(&self) -> &str {
        &self.0.name
    }

    /// Whether `signature` is one of `message`, whatever it is.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verifies(message, signature)
    }

    /// The id that stands before its signatures.
    pub fn id(&self) -> u32 {
        self.0.id
    }
}

impl fmt::Display for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for VerificationKey {
    type Err = LogError;
    fn from_str(text: &str) -> Result<Self, LogError> {
        NamedKey::read(text, Use::Note).map(Self)
    }
}

/// A private key and its name, for a key file. On AWS the key never leaves KMS.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

const PRIVATE: &str = "PRIVATE+KEY+";

impl SigningKey {
    /// The key of the log or witness `name` that these 32 random bytes make.
    pub fn new(name: &str, seed: [u8; 32]) -> Result<Self, LogError> {
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        NamedKey::new(name, Use::Note, key.verifying_key())?;
        Ok(Self { name: name.to_owned(), key })
    }

    /// Reads what [`Self::to_text`] writes.
    pub fn from_text(text: &str) -> Result<Self, LogError> {
        // Never the text itself: this message may be logged.
        let wrong = || LogError::malformed("private key", "write PRIVATE+KEY+<name>+<id>+<key>");
        let mut parts = text.trim().strip_prefix(PRIVATE).ok_or_else(wrong)?.splitn(3, '+');
        let mut next = || parts.next().ok_or_else(wrong);
        let (name, id, key) = (next()?, next()?, next()?);
        let bytes = BASE64_STANDARD.decode(key).map_err(|_| wrong())?;
        let seed = bytes.strip_prefix(&[Use::Note as u8]).and_then(|seed| <[u8; 32]>::try_from(seed).ok());
        let read = Self::new(name, seed.ok_or_else(wrong)?)?;
        if format!("{:08x}", read.verification_key().id()) == id { Ok(read) } else { Err(wrong()) }
    }

    /// The text of the key file: `PRIVATE+KEY+<name>+<id>+<base64>`, as the note tools of Go write it.
    pub fn to_text(&self) -> String {
        let mut bytes = vec![Use::Note as u8];
        bytes.extend(self.key.to_bytes());
        format!("{PRIVATE}{}+{:08x}+{}", self.name, self.verification_key().id(), BASE64_STANDARD.encode(bytes))
    }

    /// The log or witness that it is of.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key, as a log's.
    pub fn verification_key(&self) -> VerificationKey {
        let key = self.key.verifying_key();
        let id = key_id(&self.name, &encoded(Use::Note, &key));
        VerificationKey(NamedKey { name: self.name.clone(), id, key, kind: Use::Note })
    }

    pub(crate) fn public(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// The signature of `message`: 64 bytes, always the same (RFC 8032).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_never_shows_itself() {
        let key = SigningKey::new("exhibit.example/acme", [7; 32]).unwrap();
        let text = key.to_text();
        assert_eq!(SigningKey::from_text(&text).unwrap().to_text(), text);
        assert_eq!(format!("{key:?}"), "SigningKey(exhibit.example/acme)");
        let public = key.verification_key();
        assert_eq!(public.to_string().parse::<VerificationKey>().unwrap(), public);
        assert!(public.verifies(b"text", &key.sign(b"text")));
        assert!(!public.verifies(b"other", &key.sign(b"text")));
    }

    #[test]
    fn a_key_that_was_changed_is_refused() {
        let public = SigningKey::new("a.example/x", [7; 32]).unwrap().verification_key().to_string();
        for text in
            ["", "a", "a+b", &public.replace("a.example", "b.example"), &public.replace("+A", "+B"), "a+00000000+AA=="]
        {
            assert!(text.parse::<VerificationKey>().is_err(), "{text}");
        }
        assert!(SigningKey::new("a b", [7; 32]).is_err());
    }

    #[test]
    fn every_ed25519_vector_of_wycheproof_is_judged_as_stated() {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/wycheproof/ed25519_test.json");
        let Ok(text) = std::fs::read(&path) else {
            println!("skipped: {} is absent", path.display());
            return;
        };
        let vectors: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let (mut accepted, mut refused) = (0, 0);
        for group in vectors["testGroups"].as_array().unwrap() {
            let bytes = |value: &serde_json::Value| hex::decode(value.as_str().unwrap()).unwrap();
            let key = VerificationKey::new("x", bytes(&group["publicKey"]["pk"]).try_into().unwrap()).unwrap();
            for test in group["tests"].as_array().unwrap() {
                let verifies = key.verifies(&bytes(&test["msg"]), &bytes(&test["sig"]));
                assert_eq!(verifies, test["result"] == "valid", "{test}");
                *(if verifies { &mut accepted } else { &mut refused }) += 1;
            }
        }
        assert_eq!(accepted + refused, vectors["numberOfTests"].as_u64().unwrap());
        assert!(accepted > 0 && refused > 0);
    }
}
