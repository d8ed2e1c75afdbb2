//! The key of the log in KMS: its public half is read once, its private half never leaves.

use crate::Failed;
use aws_sdk_kms::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    primitives::Blob,
    types::{KeySpec, MessageType, SigningAlgorithmSpec},
};
use domain::Failure;
use std::fmt::Debug;

/// An Ed25519 key in KMS (`ECC_NIST_EDWARDS25519`) that signs checkpoints.
#[derive(Debug, Clone)]
pub struct LogKey {
    client: Client,
    arn: String,
    public: [u8; 32],
}

/// The longest message that KMS signs as it is, in bytes. A checkpoint has about 150.
pub const LONGEST_MESSAGE: usize = 4096;

impl LogKey {
    /// Reads the public half of the key `arn`. `SourceDenied` when this identity may not, `InvalidInput` when it is another kind of key or
    /// none, `StorageUnavailable` when KMS does not answer.
    pub async fn read(client: &Client, arn: &str) -> Result<Self, Failed> {
        let asked = client.get_public_key().key_id(arn).send().await;
        let answer = asked.map_err(|error| refused("kms:GetPublicKey", arn, &error))?;
        let spec = answer.key_spec().map_or("none", KeySpec::as_str);
        let der = answer.public_key().map(Blob::as_ref).unwrap_or_default();
        let public = public_key(spec, der)
            .map_err(|reason| Failed::input(format!("the key {arn} cannot sign checkpoints: {reason}")))?;
        Ok(Self { client: client.clone(), arn: arn.to_owned(), public })
    }

    /// The 32 bytes of the public key.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// The Ed25519 signature of `message` by KMS: 64 bytes, the same each time.
    pub async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failed> {
        if message.len() > LONGEST_MESSAGE {
            let length = message.len();
            return Err(Failed::input(format!("KMS signs {LONGEST_MESSAGE} bytes at most, and the note has {length}")));
        }
        let request = self.client.sign().key_id(&self.arn).message(Blob::new(message));
        let request = request.message_type(MessageType::Raw).signing_algorithm(SigningAlgorithmSpec::Ed25519Sha512);
        let answer = request.send().await.map_err(|error| refused("kms:Sign", &self.arn, &error))?;
        Ok(answer.signature().map(|signature| signature.as_ref().to_vec()).unwrap_or_default())
    }
}

const ED25519: &str = "ECC_NIST_EDWARDS25519";

// A SubjectPublicKeyInfo of Ed25519 (RFC 8410) is this and the 32 bytes.
const PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

fn public_key(spec: &str, der: &[u8]) -> Result<[u8; 32], String> {
    if spec != ED25519 {
        return Err(format!("its key spec is {spec} and has to be {ED25519}; make another with that spec"));
    }
    let key = der.strip_prefix(&PREFIX).and_then(|key| key.try_into().ok());
    key.ok_or_else(|| format!("its public key of {} bytes is no Ed25519 key as RFC 8410 writes it", der.len()))
}

fn refused<E, R>(operation: &str, arn: &str, error: &SdkError<E, R>) -> Failed
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: Debug,
{
    let said = error.as_service_error();
    let code = said.and_then(ProvideErrorMetadata::code).unwrap_or_default();
    let message = said.and_then(ProvideErrorMetadata::message).unwrap_or("no further word");
    let reason = if code.is_empty() { DisplayErrorContext(error).to_string() } else { format!("{code}: {message}") };
    Failed::new(failure(code), format!("{operation} on {arn}: {reason}"))
}

// Everything else may pass: throttling, KMS itself, the network.
const DENIED: [&str; 3] = ["AccessDenied", "AccessDeniedException", "UnrecognizedClientException"];
const FOR_GOOD: [&str; 6] = [
    "DisabledException",
    "InvalidArnException",
    "InvalidKeyUsageException",
    "KMSInvalidStateException",
    "NotFoundException",
    "ValidationException",
];

fn failure(code: &str) -> Failure {
    match code {
        code if DENIED.contains(&code) => Failure::SourceDenied,
        code if FOR_GOOD.contains(&code) => Failure::InvalidInput,
        _ => Failure::StorageUnavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_the_end_of_its_description() {
        let der = [&PREFIX[..], &[7; 32]].concat();
        assert_eq!(public_key(ED25519, &der), Ok([7; 32]));
    }

    #[test]
    fn another_kind_of_key_is_refused_and_named() {
        let der = [&PREFIX[..], &[7; 32]].concat();
        assert!(public_key("ECC_NIST_P256", &der).unwrap_err().contains("ECC_NIST_P256"));
        for wrong in [&der[..43], &[&der[..], &[0]].concat(), &[]] {
            assert!(public_key(ED25519, wrong).unwrap_err().contains("RFC 8410"), "{wrong:?}");
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_is_denied_is_not() {
        assert_eq!(failure("ThrottlingException"), Failure::StorageUnavailable);
        assert_eq!(failure(""), Failure::StorageUnavailable);
        assert_eq!(failure("AccessDeniedException"), Failure::SourceDenied);
        assert_eq!(failure("KMSInvalidStateException"), Failure::InvalidInput);
    }
}
