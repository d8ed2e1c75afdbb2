//! Files below a prefix of a bucket on S3.

use super::{Found, ROOT, pattern::Pattern, too_large};
use aws_sdk_s3::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::list_objects_v2::builders::ListObjectsV2FluentBuilder,
};
use collecting::CollectError;
use domain::evidence::RawFile;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::{
    error::Error,
    io,
    sync::atomic::{AtomicU64, Ordering},
};
use tokio::runtime::Handle;

/// A prefix of a bucket. An object whose name below it is empty, ends in `/`, or has an empty part or `..` is no file.
#[derive(Debug, Clone)]
pub(super) struct Prefix {
    client: Client,
    bucket: String,
    prefix: String,
    runtime: Option<Handle>,
}

// How many requests of one slot are under way at once: each is nearly all waiting.
const AT_ONCE: usize = 8;

impl Prefix {
    pub(super) fn new(client: Client, bucket: String, prefix: String) -> Self {
        Self { client, bucket, prefix, runtime: Handle::try_current().ok() }
    }

    pub(super) fn in_folder(&self, folder: &str) -> Self {
        Self { prefix: format!("{}{folder}/", self.prefix), ..self.clone() }
    }

    // Callers read files on a thread that may block, as for a directory; the client wants a runtime.
    fn wait_for<T>(&self, work: impl Future<Output = Result<T, CollectError>>) -> Result<T, CollectError> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => Err(CollectError::reading(ROOT, io::Error::other("there is no runtime to reach S3 from"))),
        }
    }

    /// The files that match each pattern, in the order of their names.
    pub(super) fn matching(&self, patterns: &[Pattern]) -> Result<Vec<Vec<Found>>, CollectError> {
        let listings = patterns.iter().map(|pattern| self.matching_one(pattern));
        self.wait_for(stream::iter(listings).buffered(AT_ONCE).try_collect())
    }

    async fn matching_one(&self, pattern: &Pattern) -> Result<Vec<Found>, CollectError> {
        let mut found = Vec::new();
        let mut pages = self.listing(pattern).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CollectError::reading(ROOT, told(&error)))?;
            let files = page.contents.unwrap_or_default().into_iter().filter_map(|object| {
                let length = object.size.and_then(|size| size.try_into().ok()).unwrap_or(0);
                Some(Found { name: object.key?.strip_prefix(&self.prefix)?.to_owned(), length })
            });
            found.extend(files.filter(|file| is_file(&file.name) && pattern.matches(&file.name)));
            if pattern.is_literal() {
                // What is named exactly so comes first of what begins so.
                break;
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    fn listing(&self, pattern: &Pattern) -> ListObjectsV2FluentBuilder {
        let listing = self.client.list_objects_v2().bucket(&self.bucket);
        let listing = listing.prefix(format!("{}{}", self.prefix, pattern.literal_head()));
        match (pattern.is_literal(), pattern.crosses_folders()) {
            (true, _) => listing.max_keys(1),
            (false, true) => listing,
            // Folders below are another matter: without this, all that is in them would be listed.
            (false, false) => listing.delimiter("/"),
        }
    }

    /// The bytes of all `names`, in that order, of at most `limit` bytes together.
    pub(super) fn read_all(&self, names: &[String], limit: u64) -> Result<Vec<RawFile>, CollectError> {
        let left = AtomicU64::new(limit);
        let reading = names.iter().map(|name| self.read_one(name, &left, limit));
        self.wait_for(stream::iter(reading).buffered(AT_ONCE).try_collect())
    }

    async fn read_one(&self, name: &str, left: &AtomicU64, limit: u64) -> Result<RawFile, CollectError> {
        if !is_file(name) {
            return Err(CollectError::Outside { name: name.to_owned() });
        }
        let unreadable = |error| CollectError::reading(name, error);
        let object = self.client.get_object().bucket(&self.bucket).key(format!("{}{name}", self.prefix));
        let mut body = object.send().await.map_err(|error| unreadable(told(&error)))?.body;
        let mut bytes = Vec::new();
        while let Some(some) = body.try_next().await.map_err(|error| unreadable(io::Error::other(error)))? {
            let length = some.len() as u64;
            let fits = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(length));
            fits.map_err(|_| too_large(name, limit))?;
            bytes.extend_from_slice(&some);
        }
        Ok(RawFile { name: name.to_owned(), bytes })
    }
}

/// Whether a key, below the prefix, is a file's name: a relative path of plain parts.
fn is_file(name: &str) -> bool {
    name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

// What can be mended by nothing but a grant or other credentials. S3 says 403 to other things, too.
const DENIED: [&str; 6] = [
    "AccessDenied",
    "AllAccessDisabled",
    "AccountProblem",
    "InvalidAccessKeyId",
    "KMS.DisabledException",
    "SignatureDoesNotMatch",
];

fn told<E>(error: &SdkError<E>) -> io::Error
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let answer = error.as_service_error();
    let Some(code) = answer.and_then(ProvideErrorMetadata::code) else {
        return io::Error::other(DisplayErrorContext(error).to_string());
    };
    let kind = match code {
        code if DENIED.contains(&code) => io::ErrorKind::PermissionDenied,
        "NoSuchKey" | "NoSuchBucket" | "NotFound" => io::ErrorKind::NotFound,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(
        kind,
        format!("S3 says {code}: {}", answer.and_then(ProvideErrorMetadata::message).unwrap_or_default()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_keys_that_lead_elsewhere_are_no_files() {
        for key in ["", "/", "folder/", "/absolute", "a//b", "../x", "a/../b", "a/..", "./a"] {
            assert!(!is_file(key), "{key:?}");
        }
        for key in ["a", "a/b.csv", "..a/b..", "a b/ü"] {
            assert!(is_file(key), "{key:?}");
        }
    }
}
