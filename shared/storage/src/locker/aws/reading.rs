//! Reading one version of an object, and links to it.

use super::{super::is_inside, Bucket};
use crate::{
    StorageError,
    aws::{failed, status_of},
    locker::checked,
};
use aws_sdk_s3::{operation::get_object::GetObjectOutput, presigning::PresigningConfig, primitives::ByteStream};
use domain::{ArtifactReference, Digest};
use sha2::Digest as _;
use std::time::Duration;

const LONGEST_LINK: Duration = Duration::from_secs(15 * 60);

impl Bucket {
    /// What is under `key` now, or the one version.
    pub(super) async fn open(&self, key: &str, version: Option<&str>) -> Result<GetObjectOutput, StorageError> {
        let request = self.client.get_object().bucket(&self.name).key(key).set_version_id(version.map(str::to_owned));
        let named = version.map_or_else(|| key.to_owned(), |version| format!("version {version:?} of {key}"));
        request.send().await.map_err(|error| match status_of(&error) {
            // A version id that S3 did not make is a bad request, not an absent version.
            Some(400) if version.is_some() => StorageError::NotFound { key: named },
            _ => failed("s3:GetObjectVersion", &named, &error),
        })
    }

    pub(in super::super) async fn fetch(&self, artifact: &ArtifactReference) -> Result<Vec<u8>, StorageError> {
        pinned(artifact)?;
        let there = self.open(&artifact.key, Some(&artifact.version)).await?;
        // An object of another length may be of any length: its digest is taken without keeping it.
        if there.content_length.and_then(|length| u64::try_from(length).ok()) != Some(artifact.length) {
            return Err(other_length(artifact, measure(&artifact.key, there.body).await?));
        }
        let bytes = collect(&artifact.key, there.body).await?;
        checked(artifact, &bytes)?;
        Ok(bytes)
    }

    pub(in super::super) async fn link(
        &self,
        artifact: &ArtifactReference,
        valid: Duration,
    ) -> Result<String, StorageError> {
        pinned(artifact)?;
        let unavailable = |error: String| StorageError::unavailable(&format!("a link to {}", artifact.key), error);
        let valid = PresigningConfig::expires_in(valid.min(LONGEST_LINK));
        let valid = valid.map_err(|error| unavailable(error.to_string()))?;
        let request = self.client.get_object().bucket(&self.name).key(&artifact.key).version_id(&artifact.version);
        let request = request.response_content_disposition(disposition(&artifact.key));
        match request.presigned(valid).await {
            Ok(signed) => Ok(signed.uri().to_owned()),
            Err(error) => Err(failed("s3:GetObjectVersion", &artifact.key, &error)),
        }
    }

    pub(in super::super) async fn measure(&self, key: &str) -> Result<(Digest, u64), StorageError> {
        measure(key, self.open(key, None).await?.body).await
    }
}

/// Whether it is a reference to one version: without one, S3 would take whatever is newest.
pub(super) fn pinned(artifact: &ArtifactReference) -> Result<(), StorageError> {
    let ArtifactReference { key, version, .. } = artifact;
    if is_inside(key) && !version.is_empty() {
        return Ok(());
    }
    Err(StorageError::NotFound { key: format!("version {version:?} of {key}") })
}

/// The digest and length of a stream, without keeping it.
pub(super) async fn measure(key: &str, mut body: ByteStream) -> Result<(Digest, u64), StorageError> {
    let (mut state, mut length) = (sha2::Sha256::new(), 0);
    while let Some(part) = body.next().await {
        let part = part.map_err(|error| StorageError::unavailable(&format!("s3:GetObject on {key}"), error))?;
        state.update(&part);
        length += part.len() as u64;
    }
    Ok((Digest::from_state(state), length))
}

pub(super) async fn collect(key: &str, body: ByteStream) -> Result<Vec<u8>, StorageError> {
    let collected = body.collect().await;
    let collected = collected.map_err(|error| StorageError::unavailable(&format!("s3:GetObject on {key}"), error))?;
    Ok(collected.to_vec())
}

fn other_length(artifact: &ArtifactReference, (found, length): (Digest, u64)) -> StorageError {
    let (key, expected) = (artifact.key.clone(), artifact.digest);
    if found != expected {
        return StorageError::Mismatch { key, expected, found };
    }
    let reason = format!("its reference says that it is {} bytes long and it is {length}", artifact.length);
    StorageError::Unreadable { key, reason }
}

// The object is data, never a page of the bucket's address; its name is the end of a key that is made of checked names.
fn disposition(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let name: String = name.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    format!("attachment; filename=\"{name}\"")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn the_name_of_a_download_cannot_leave_its_quotes() {
        assert_eq!(disposition("acme/reports/soc2/2026-07/ab/report.pdf"), "attachment; filename=\"report.pdf\"");
        assert_eq!(disposition("x/a\"; b\r\n/c\".html"), "attachment; filename=\"c_.html\"");
    }
}
