//! The signed statement over a report: in-toto (Statement v1) in a DSSE envelope (github.com/secure-systems-lab/dsse, protocol 1.0.0).
//!
//! It names the report's files and [`SUMS`], which names all others: so it stays below the 4,096 bytes that KMS signs, however much evidence there
//! is.

use crate::layout::{SUMS, file_name};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use custody_log::VerificationKey;
use domain::{Digest, ReportRecord, canonical};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The type of a payload that is an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE: &str = "urn:exhibit:report:v1";

/// The payload: canonical JSON. `sums` is the text of [`SUMS`].
pub fn statement(record: &ReportRecord, sums: &str) -> Result<Vec<u8>, canonical::CanonicalError> {
    let subject = |name: String, digest: Digest| json!({"name": name, "digest": {"sha256": digest}});
    let files = record.artifacts.iter();
    let files = files.map(|file| subject(file_name(&record.inputs, file.format), file.artifact.digest));
    let all = subject(SUMS.to_owned(), Digest::of(sums.as_bytes()));
    let subjects: Vec<Value> = std::iter::once(all).chain(files).collect();
    canonical::to_bytes(&json!({
        "_type": STATEMENT_TYPE,
        "predicateType": PREDICATE_TYPE,
        "predicate": {"inputs": record.inputs, "report_id": record.report_id},
        "subject": subjects,
    }))
}

/// What is signed: the payload with its type and both lengths before them (PAE).
pub fn pre_authentication_encoding(payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    bytes.extend(payload);
    bytes
}

/// The envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    keyid: String,
    sig: String,
}

impl Envelope {
    /// An envelope with one signature of [`pre_authentication_encoding`].
    pub fn new(payload: &[u8], key: &VerificationKey, signature: &[u8]) -> Self {
        let signature = Signature { keyid: key_id(key), sig: BASE64_STANDARD.encode(signature) };
        let payload = BASE64_STANDARD.encode(payload);
        Self { payload, payload_type: PAYLOAD_TYPE.to_owned(), signatures: vec![signature] }
    }

    /// The bytes of the file: canonical JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, canonical::CanonicalError> {
        canonical::to_bytes(self)
    }

    /// The payload, if one of `keys` signed it; otherwise what is wrong.
    pub fn open(bytes: &[u8], keys: &[VerificationKey]) -> Result<Vec<u8>, String> {
        let envelope: Envelope =
            serde_json::from_slice(bytes).map_err(|error| format!("it is no DSSE envelope: {error}"))?;
        if envelope.to_bytes().ok().as_deref() != Some(bytes) {
            return Err(
                "it is not written as Exhibit writes it: something was added, removed or set otherwise".to_owned()
            );
        }
        if envelope.payload_type != PAYLOAD_TYPE {
            return Err(format!("its payload is no in-toto statement but {:?}", envelope.payload_type));
        }
        let decode = |text: &str| BASE64_STANDARD.decode(text).map_err(|error| format!("its base64 is wrong: {error}"));
        let payload = decode(&envelope.payload)?;
        let message = pre_authentication_encoding(&payload);
        for signature in &envelope.signatures {
            let bytes = decode(&signature.sig)?;
            if keys.iter().any(|key| key.verifies(&message, &bytes)) {
                return Ok(payload);
            }
        }
        let ids: Vec<&str> = envelope.signatures.iter().map(|signature| signature.keyid.as_str()).collect();
        Err(format!("no known key signed it: its signatures are said to be by {}, or it was changed", ids.join(", ")))
    }
}

fn key_id(key: &VerificationKey) -> String {
    format!("{}+{:08x}", key.origin(), key.id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use custody_log::SigningKey;

    #[test]
    fn what_is_signed_is_encoded_as_the_protocol_says() {
        let encoded = pre_authentication_encoding(b"hello world");
        assert_eq!(encoded, b"DSSEv1 28 application/vnd.in-toto+json 11 hello world");
    }

    #[test]
    fn an_envelope_opens_with_its_key_and_with_no_other() {
        let [key, other] = [1, 2].map(|seed| SigningKey::new("a.example/acme", [seed; 32]).unwrap());
        let payload = b"{}";
        let signature = key.sign(&pre_authentication_encoding(payload));
        let bytes = Envelope::new(payload, &key.verification_key(), &signature).to_bytes().unwrap();
        assert_eq!(Envelope::open(&bytes, &[other.verification_key(), key.verification_key()]).unwrap(), payload);
        assert!(Envelope::open(&bytes, &[other.verification_key()]).unwrap_err().contains("a.example/acme+"));
        let text = String::from_utf8(bytes).unwrap().replace("e30=", "e31=");
        assert!(Envelope::open(text.as_bytes(), &[key.verification_key()]).is_err());
    }
}
