//! Working bytes: plain objects in a bucket of their own, which forgets them by itself if nobody else does.

use super::{Bucket, reading};
use crate::{
    Content, Run, StorageError,
    aws::{Meaning, failed, meaning_of},
};
use aws_sdk_s3::types::{Delete, Error, ObjectIdentifier};
use domain::Digest;

const FOLDER: &str = "drafts/";

// DeleteObjects takes this many keys at most.
const BATCH: usize = 1000;

impl Bucket {
    pub(in super::super) async fn put_draft(&self, run: Run<'_>, content: Content<'_>) -> Result<Digest, StorageError> {
        let digest = content.digest();
        let request = self.request(content).await?.bucket(&self.drafts).key(draft(run, digest));
        let done = request.send().await;
        done.map(|_| digest).map_err(|error| failed("s3:PutObject", &draft(run, digest), &error))
    }

    pub(in super::super) async fn read_draft(&self, run: Run<'_>, expected: Digest) -> Result<Vec<u8>, StorageError> {
        let key = format!("draft {expected}");
        let request = self.client.get_object().bucket(&self.drafts).key(draft(run, expected));
        let there = request.send().await.map_err(|error| failed("s3:GetObject", &key, &error))?;
        let bytes = reading::collect(&key, there.body).await?;
        match Digest::of(&bytes) {
            found if found == expected => Ok(bytes),
            found => Err(StorageError::Mismatch { key, expected, found }),
        }
    }

    pub(in super::super) async fn remove_drafts(&self, run: Run<'_>) -> Result<(), StorageError> {
        let keys = self.list(&self.drafts, &folder(run)).await?;
        for batch in keys.chunks(BATCH) {
            self.remove(batch).await?;
        }
        Ok(())
    }

    async fn remove(&self, keys: &[String]) -> Result<(), StorageError> {
        let named = keys.first().map(String::as_str).unwrap_or_default();
        let refused = |reason: String| StorageError::Refused {
            operation: "s3:DeleteObject".to_owned(),
            resource: named.to_owned(),
            reason,
        };
        let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build());
        let objects = objects.collect::<Result<Vec<_>, _>>().map_err(|error| refused(error.to_string()))?;
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build();
        let delete = delete.map_err(|error| refused(error.to_string()))?;
        let done = self.client.delete_objects().bucket(&self.drafts).delete(delete).send().await;
        let done = done.map_err(|error| failed("s3:DeleteObject", named, &error))?;
        done.errors().first().map_or(Ok(()), |error| Err(not_removed(error)))
    }

    pub(in super::super) async fn damaged_drafts(&self) -> Result<Vec<String>, StorageError> {
        let mut damaged = Vec::new();
        for key in self.list(&self.drafts, FOLDER).await? {
            let named = key.rsplit('/').next().and_then(|name| name.parse::<Digest>().ok());
            let there = self.client.get_object().bucket(&self.drafts).key(&key).send().await;
            let there = there.map_err(|error| failed("s3:GetObject", &key, &error))?;
            if named != Some(reading::measure(&key, there.body).await?.0) {
                damaged.push(key.trim_start_matches(FOLDER).to_owned());
            }
        }
        Ok(damaged)
    }
}

fn not_removed(error: &Error) -> StorageError {
    let (operation, resource) = ("s3:DeleteObject".to_owned(), error.key().unwrap_or_default().to_owned());
    let reason = format!("{}: {}", error.code().unwrap_or_default(), error.message().unwrap_or("no further word"));
    match meaning_of(error.code(), None) {
        Meaning::Denied => StorageError::Denied { operation, resource, reason },
        _ => StorageError::unavailable(&format!("{operation} on {resource}"), reason),
    }
}

fn folder(run: Run<'_>) -> String {
    format!("{FOLDER}{}/{}/", run.tenant, run.run_id)
}

fn draft(run: Run<'_>, digest: Digest) -> String {
    format!("{}{digest}", folder(run))
}
