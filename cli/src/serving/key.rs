//! The key with which a data directory signs tokens and links.

use crate::{CommandError, secret};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::{path::Path, sync::Arc};

/// The secret of a data directory: whoever has it can make tokens of it. 64 random bytes, one block of the hash.
#[derive(Clone)]
pub struct SigningKey(Arc<[u8; 64]>);

/// What a signature is for: one made for the one is none for the other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Token,
    Link,
}

const FILE: &str = "api.key";

impl SigningKey {
    /// Reads the key of the data directory at `directory`, made on first use: `api.key`, which only its owner may read.
    pub fn of(directory: &Path) -> Result<Self, CommandError> {
        let path = directory.join(FILE);
        if !path.exists() {
            secret::write_new(&path, &hex::encode(secret::random::<64>()?))?;
        }
        let text = secret::read(&path, "make tokens")?;
        let mut key = [0; 64];
        hex::decode_to_slice(text, &mut key).map_err(|_| {
            let message = format!("{} holds no key: remove it, and every token has to be made again", path.display());
            CommandError::Invalid(message)
        })?;
        Ok(Self(Arc::new(key)))
    }

    /// The signature of `text` for `purpose`.
    pub(super) fn sign(&self, purpose: Purpose, text: &str) -> [u8; 32] {
        self.state(purpose, text).finalize().into_bytes().into()
    }

    /// Whether `signature` is the one of `text` for `purpose`. Takes as long whatever differs.
    pub(super) fn is_signature(&self, purpose: Purpose, text: &str, signature: &[u8]) -> bool {
        self.state(purpose, text).verify_slice(signature).is_ok()
    }

    fn state(&self, purpose: Purpose, text: &str) -> Hmac<Sha256> {
        let mut state = Hmac::<Sha256>::new(self.0.as_ref().into());
        // A token begins with the letters of its header, so that nothing else may come before it (RFC 7515).
        if let Purpose::Link = purpose {
            state.update(b"exhibit link\n");
        }
        state.update(text.as_bytes());
        state
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::of(folder.path()).unwrap();
        let again = SigningKey::of(folder.path()).unwrap();
        let signature = key.sign(Purpose::Token, "text");
        assert!(again.is_signature(Purpose::Token, "text", &signature));
        assert!(!again.is_signature(Purpose::Token, "other", &signature));
        assert!(!again.is_signature(Purpose::Link, "text", &signature));
        assert!(!format!("{key:?}").contains(&hex::encode(*key.0)));
    }
}
