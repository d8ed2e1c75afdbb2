//! Everything that is in the bucket: for verifying.

use super::Bucket;
use crate::{StorageError, aws::failed};
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use std::collections::BTreeMap;

/// What the bucket keeps of one key.
#[derive(Default)]
struct Kept {
    versions: u64,
    delete_markers: u64,
}

impl Bucket {
    pub(in super::super) async fn keys(&self) -> Result<Vec<String>, StorageError> {
        self.list(&self.name, "").await
    }

    /// The keys of `bucket` that begin with `prefix`, in order.
    pub(super) async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, StorageError> {
        let mut pages = self.client.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed("s3:ListBucket", bucket, &error))?;
            keys.extend(page.contents.into_iter().flatten().filter_map(|object| object.key));
        }
        keys.sort();
        Ok(keys)
    }

    pub(in super::super) async fn foreign(&self) -> Result<Vec<String>, StorageError> {
        let mut foreign = Vec::new();
        for (key, kept) in self.versions().await? {
            if kept.versions != 1 || kept.delete_markers != 0 || self.lock_of(&key).await?.is_none() {
                foreign.push(key);
            }
        }
        Ok(foreign)
    }

    async fn versions(&self) -> Result<BTreeMap<String, Kept>, StorageError> {
        let (mut found, mut after) = (BTreeMap::new(), (None, None));
        loop {
            let request = self.client.list_object_versions().bucket(&self.name);
            let request = request.set_key_marker(after.0).set_version_id_marker(after.1);
            let page = request.send().await.map_err(|error| failed("s3:ListBucketVersions", &self.name, &error))?;
            count(&page, &mut found);
            after = (page.next_key_marker, page.next_version_id_marker);
            if page.is_truncated != Some(true) || after.0.is_none() {
                return Ok(found);
            }
        }
    }
}

fn count(page: &ListObjectVersionsOutput, found: &mut BTreeMap<String, Kept>) {
    for key in page.versions().iter().filter_map(|version| version.key()) {
        found.entry(key.to_owned()).or_default().versions += 1;
    }
    for key in page.delete_markers().iter().filter_map(|marker| marker.key()) {
        found.entry(key.to_owned()).or_default().delete_markers += 1;
    }
}
