//! Locks of object versions: retention in compliance mode and legal holds.

use super::{Bucket, not_before, reading};
use crate::{
    Lock, StorageError,
    aws::{failed, status_of},
};
use aws_sdk_s3::{
    operation::head_object::HeadObjectOutput,
    primitives::DateTime,
    types::{
        ChecksumMode, ObjectLockLegalHold, ObjectLockLegalHoldStatus, ObjectLockRetention, ObjectLockRetentionMode,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use domain::{ArtifactReference, Digest, Timestamp};

impl Bucket {
    async fn head(&self, key: &str, version: Option<&str>) -> Result<HeadObjectOutput, StorageError> {
        let request = self.client.head_object().bucket(&self.name).key(key).set_version_id(version.map(str::to_owned));
        request.checksum_mode(ChecksumMode::Enabled).send().await.map_err(|error| match status_of(&error) {
            Some(400) if version.is_some() => StorageError::NotFound { key: key.to_owned() },
            _ => failed("s3:GetObjectVersion", key, &error),
        })
    }

    pub(in super::super) async fn lock_of(&self, key: &str) -> Result<Option<Lock>, StorageError> {
        let found = match self.head(key, None).await {
            Err(StorageError::NotFound { .. }) => return Ok(None),
            other => other?,
        };
        let Some(retain_until) = found.object_lock_retain_until_date.as_ref().and_then(instant) else {
            return Ok(None);
        };
        let version = found.version_id.clone().unwrap_or_default();
        let (digest, length) = match (checksum(&found), found.content_length.and_then(|length| length.try_into().ok()))
        {
            (Some(digest), Some(length)) => (digest, length),
            _ => reading::measure(key, self.open(key, Some(&version)).await?.body).await?,
        };
        let artifact = ArtifactReference { key: key.to_owned(), version, digest, length };
        let legal_hold = found.object_lock_legal_hold_status == Some(ObjectLockLegalHoldStatus::On);
        Ok(Some(Lock { artifact, retain_until, legal_hold }))
    }

    /// Until when the one version is locked.
    async fn locked_until(&self, artifact: &ArtifactReference) -> Result<Option<DateTime>, StorageError> {
        let found = self.head(&artifact.key, Some(&artifact.version)).await?;
        Ok(found.object_lock_retain_until_date)
    }

    pub(in super::super) async fn set_hold(&self, artifact: &ArtifactReference, on: bool) -> Result<(), StorageError> {
        reading::pinned(artifact)?;
        let status = if on { ObjectLockLegalHoldStatus::On } else { ObjectLockLegalHoldStatus::Off };
        let hold = ObjectLockLegalHold::builder().status(status).build();
        let request = self.client.put_object_legal_hold().bucket(&self.name).key(&artifact.key);
        let request = request.version_id(&artifact.version).legal_hold(hold);
        let done = request.send().await;
        done.map(drop).map_err(|error| failed("s3:PutObjectLegalHold", &artifact.key, &error))
    }

    pub(in super::super) async fn extend(
        &self,
        artifact: &ArtifactReference,
        until: Timestamp,
    ) -> Result<(), StorageError> {
        reading::pinned(artifact)?;
        match self.locked_until(artifact).await? {
            Some(kept) if not_before(until) < kept => Err(never_shortened(artifact, &kept)),
            Some(kept) if not_before(until) == kept => Ok(()),
            _ => match self.retain(artifact, until).await {
                // Somebody else locked it for longer in between.
                Err(StorageError::Denied { operation, resource, reason }) => match self.locked_until(artifact).await? {
                    Some(kept) if not_before(until) < kept => Err(never_shortened(artifact, &kept)),
                    Some(kept) if not_before(until) == kept => Ok(()),
                    _ => Err(StorageError::Denied { operation, resource, reason }),
                },
                other => other,
            },
        }
    }

    /// Locks the version at least until `until`.
    pub(super) async fn extend_at_least(
        &self,
        artifact: &ArtifactReference,
        until: Timestamp,
    ) -> Result<(), StorageError> {
        match self.extend(artifact, until).await {
            Err(StorageError::Locked { .. }) => Ok(()),
            other => other,
        }
    }

    // In compliance mode S3 itself refuses an earlier instant, whoever asks and however many ask at once.
    async fn retain(&self, artifact: &ArtifactReference, until: Timestamp) -> Result<(), StorageError> {
        let retention = ObjectLockRetention::builder().mode(ObjectLockRetentionMode::Compliance);
        let retention = retention.retain_until_date(not_before(until)).build();
        let request = self.client.put_object_retention().bucket(&self.name).key(&artifact.key);
        let request = request.version_id(&artifact.version).retention(retention);
        let done = request.send().await;
        done.map(drop).map_err(|error| failed("s3:PutObjectRetention", &artifact.key, &error))
    }

    /// Locks are kept where the object is; a bucket takes no version id from outside.
    pub(in super::super) async fn adopt(
        &self,
        artifact: &ArtifactReference,
        _bytes: &[u8],
        _retain_until: Timestamp,
    ) -> Result<(), StorageError> {
        let reason =
            "a bucket gives each object a version of its own: copies are kept in the embedded store".to_owned();
        let (operation, resource) = ("adopt".to_owned(), artifact.key.clone());
        Err(StorageError::Refused { operation, resource, reason })
    }
}

fn never_shortened(artifact: &ArtifactReference, kept: &DateTime) -> StorageError {
    let reason = format!("it is locked until {kept} and a lock is never shortened");
    StorageError::Locked { key: artifact.key.clone(), reason }
}

fn instant(date: &DateTime) -> Option<Timestamp> {
    Timestamp::new(date.secs(), i32::try_from(date.subsec_nanos()).ok()?).ok()
}

fn checksum(found: &HeadObjectOutput) -> Option<Digest> {
    let bytes = BASE64.decode(found.checksum_sha256.as_deref()?).ok()?;
    bytes.as_slice().try_into().ok().map(Digest::from_bytes)
}
