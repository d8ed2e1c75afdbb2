//! Who signs checkpoints.

use crate::SealError;
use custody_log::{SigningKey, VerificationKey};

/// Whoever holds a private key of the log.
#[derive(Debug, Clone)]
pub enum Signer {
    /// The key file of a data directory.
    File(SigningKey),
    /// A key in KMS.
    #[cfg(feature = "lambda")]
    Kms(KmsSigner),
}

/// A key in KMS under the name of one log: its private half never leaves, and one key serves the logs of all tenants.
#[cfg(feature = "lambda")]
#[derive(Debug, Clone)]
pub struct KmsSigner {
    key: runtime::lambda::LogKey,
    verification: VerificationKey,
}

#[cfg(feature = "lambda")]
impl KmsSigner {
    /// The key of the log `origin`. [`SealError::Key`] when the origin cannot be one.
    pub fn new(origin: &str, key: &runtime::lambda::LogKey) -> Result<Self, SealError> {
        let verification = VerificationKey::new(origin, key.public());
        let verification = verification.map_err(|error| SealError::Key(error.to_string()))?;
        Ok(Self { key: key.clone(), verification })
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        let unsigned = |failed: runtime::Failed| SealError::Unsigned {
            key: self.verification.to_string(),
            reason: failed.message,
            failure: failed.failure,
        };
        self.key.sign(message).await.map_err(unsigned)
    }
}

impl Signer {
    /// The public key.
    pub fn key(&self) -> VerificationKey {
        match self {
            Signer::File(key) => key.verification_key(),
            #[cfg(feature = "lambda")]
            Signer::Kms(signer) => signer.verification.clone(),
        }
    }

    /// The Ed25519 signature of `message`: the same each time. [`SealError::Unsigned`] when whoever holds the key does not give it.
    pub async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        match self {
            Signer::File(key) => Ok(key.sign(message).to_vec()),
            #[cfg(feature = "lambda")]
            Signer::Kms(signer) => signer.sign(message).await,
        }
    }
}
