//! Who signs checkpoints.

use crate::SealError;
use custody_log::{SigningKey, VerificationKey};

/// Whoever holds a private key of the log.
#[derive(Debug, Clone)]
pub enum Signer {
    /// The key file of a data directory.
    File(SigningKey),
}

impl Signer {
    /// The public key.
    pub fn key(&self) -> VerificationKey {
        match self {
            Signer::File(key) => key.verification_key(),
        }
    }

    /// The Ed25519 signature of `message`: the same each time.
    pub async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        match self {
            Signer::File(key) => Ok(key.sign(message).to_vec()),
        }
    }
}
