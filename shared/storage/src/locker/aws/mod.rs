//! The Locker on S3: a bucket with versions and Object Lock, and a plain one for working bytes.
//!
//! The crash story of `deposit`: one PutObject carries the bytes, their checksum, the lock and the condition that the key is
//! free. S3 does all of it or nothing. An answer that was lost is found out by asking again: the key is taken, and what is
//! there is read back and compared. Nothing refers to an object before it was answered.

mod drafts;
mod listing;
mod locks;
mod reading;

use super::Content;
use crate::{
    ArtifactKey, AwsStores, StorageError,
    aws::{code_of, failed, pause, status_of},
};
use aws_sdk_s3::{
    Client,
    config::{RequestChecksumCalculation, ResponseChecksumValidation},
    operation::put_object::builders::PutObjectFluentBuilder,
    primitives::{ByteStream, DateTime},
    types::{ObjectLockMode, ServerSideEncryption},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use domain::{ArtifactReference, Timestamp};

// Others may be depositing the same key, or removing what has no lock: each look finds another state.
const LOOKS: u32 = 8;

// Each piece of a file is a turn of another thread: what is small is read in one, what is large in few.
const READ_WHOLE: u64 = 1 << 20;
const PIECE: usize = 1 << 20;

#[derive(Debug, Clone)]
pub(super) struct Bucket {
    client: Client,
    name: String,
    drafts: String,
    key: Option<String>,
}

/// How a conditional put ended.
enum Put {
    Made { version: String },
    Taken,
    Contended,
}

impl Bucket {
    pub(super) fn new(stores: &AwsStores) -> Self {
        // Every digest is sent and checked here; the client's own checksums would be a second pass over the same bytes.
        let config = stores.s3.config().to_builder();
        let config = config.request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
        let config = config.response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        let AwsStores { bucket, drafts_bucket, key, .. } = stores.clone();
        Self { client: Client::from_conf(config.build()), name: bucket, drafts: drafts_bucket, key }
    }

    pub(super) async fn deposit(
        &self,
        key: &ArtifactKey,
        content: Content<'_>,
        retain_until: Timestamp,
    ) -> Result<ArtifactReference, StorageError> {
        for asked in 0..LOOKS {
            match self.put(key, content, retain_until).await? {
                Put::Made { version } => return Ok(reference(key, &content, version)),
                Put::Taken => match self.compare(key, content, retain_until).await {
                    // It was there a moment ago and had no lock.
                    Err(StorageError::NotFound { .. }) => {}
                    other => return other,
                },
                Put::Contended => {}
            }
            pause(asked).await;
        }
        Err(StorageError::unavailable(&format!("s3:PutObject on {key}"), "others kept writing the same key"))
    }

    async fn put(&self, key: &ArtifactKey, content: Content<'_>, retain_until: Timestamp) -> Result<Put, StorageError> {
        let request = self.request(content).await?.bucket(&self.name).key(key.as_str()).if_none_match("*");
        let request = request.object_lock_mode(ObjectLockMode::Compliance);
        let request = request.object_lock_retain_until_date(not_before(retain_until));
        let encryption = self.key.as_ref().map(|_| ServerSideEncryption::AwsKms);
        let request = request.set_server_side_encryption(encryption).set_ssekms_key_id(self.key.clone());
        // The checksum is signed and covers every byte: hashing them once more for the signature protects nothing.
        match request.customize().disable_payload_signing().send().await {
            Ok(made) => match made.version_id {
                Some(version) => Ok(Put::Made { version }),
                None => Err(self.keeps_no_versions()),
            },
            Err(error) => match (code_of(&error), status_of(&error)) {
                (Some("PreconditionFailed"), _) | (_, Some(412)) => Ok(Put::Taken),
                (Some("ConditionalRequestConflict"), _) => Ok(Put::Contended),
                _ => Err(failed("s3:PutObject", key.as_str(), &error)),
            },
        }
    }

    async fn request(&self, content: Content<'_>) -> Result<PutObjectFluentBuilder, StorageError> {
        let body = match content {
            Content::Memory(bytes) => ByteStream::from(bytes.to_vec()),
            Content::Spooled { spool, length, .. } if length <= READ_WHOLE => {
                let path = spool.path().to_owned();
                let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await.map_err(unreadable)?;
                ByteStream::from(read.map_err(unreadable)?)
            }
            Content::Spooled { spool, .. } => {
                let opened = ByteStream::read_from().path(spool.path()).buffer_size(PIECE).build().await;
                opened.map_err(unreadable)?
            }
        };
        let checksum = BASE64.encode(content.digest().as_bytes());
        let length = i64::try_from(content.length()).unwrap_or(i64::MAX);
        Ok(self.client.put_object().body(body).content_length(length).checksum_sha256(checksum))
    }

    async fn compare(
        &self,
        key: &ArtifactKey,
        content: Content<'_>,
        retain_until: Timestamp,
    ) -> Result<ArtifactReference, StorageError> {
        let there = self.open(key.as_str(), None).await?;
        let (version, locked_until) = (there.version_id.clone(), there.object_lock_retain_until_date);
        let (found, _) = reading::measure(key.as_str(), there.body).await?;
        if found != content.digest() {
            let expected = content.digest();
            let reason = format!("the SHA-256 of what is there is {found}, of what was to be kept {expected}");
            return Err(StorageError::Conflict { key: key.to_string(), reason });
        }
        let artifact = reference(key, &content, version.ok_or_else(|| self.keeps_no_versions())?);
        if locked_until.is_none_or(|until| until < not_before(retain_until)) {
            self.extend_at_least(&artifact, retain_until).await?;
        }
        Ok(artifact)
    }

    fn keeps_no_versions(&self) -> StorageError {
        StorageError::Refused {
            operation: "s3:PutObject".to_owned(),
            resource: self.name.clone(),
            reason: "the bucket keeps no versions: it was made without Object Lock".to_owned(),
        }
    }
}

fn unreadable(error: impl std::error::Error) -> StorageError {
    StorageError::unavailable("locker.deposit from its spool", error)
}

fn reference(key: &ArtifactKey, content: &Content<'_>, version: String) -> ArtifactReference {
    ArtifactReference { key: key.to_string(), version, digest: content.digest(), length: content.length() }
}

// S3 keeps whole seconds; rounded up, so that no lock ends earlier than was asked.
fn not_before(until: Timestamp) -> DateTime {
    let up = i64::from(until.subsec_nanosecond() > 0);
    DateTime::from_secs(until.as_second().saturating_add(up))
}
