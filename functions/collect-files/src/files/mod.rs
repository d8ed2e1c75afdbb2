//! Where files are found and read.

mod directory;
mod pattern;
#[cfg(feature = "aws")]
mod prefix;

use collecting::{CollectError, RAW_LIMIT};
use directory::Directory;
use domain::{Period, evidence::RawFile};
use pattern::{Pattern, expand};
#[cfg(feature = "aws")]
use prefix::Prefix;
use std::{collections::BTreeMap, path::PathBuf};

/// What messages call the root itself.
const ROOT: &str = "the sources' root";

/// Where files are read from: a directory, or a prefix of a bucket on S3.
///
/// Names are relative, with `/`. Nothing outside the root is ever read: not through `..`, not through a link.
#[derive(Debug, Clone)]
pub struct Files(Place);

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Relative to the root.
    pub(crate) name: String,
    /// Its bytes, as they were counted when it was found.
    pub(crate) length: u64,
}

impl Found {
    /// Whether it is named as what is unpacked when it is read.
    pub(crate) fn is_packed(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        name.ends_with(".gz") || name.ends_with(".zip")
    }
}

#[derive(Debug, Clone)]
enum Place {
    Directory(Directory),
    #[cfg(feature = "aws")]
    Prefix(Prefix),
}

impl Files {
    /// The files below `root`.
    pub fn directory(root: impl Into<PathBuf>) -> Self {
        Self(Place::Directory(Directory { root: root.into() }))
    }

    /// The objects of `bucket` whose keys begin with `prefix`, which is empty or ends in `/`. Has to be made on a runtime of
    /// tokio, and is asked on a thread that may block.
    #[cfg(feature = "aws")]
    pub fn prefix(client: aws_sdk_s3::Client, bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self(Place::Prefix(Prefix::new(client, bucket.into(), prefix.into())))
    }

    /// The files in a folder of these: what one tenant's sources deliver.
    #[must_use]
    pub fn in_folder(&self, folder: &str) -> Self {
        match &self.0 {
            Place::Directory(directory) => Self::directory(directory.root.join(folder)),
            #[cfg(feature = "aws")]
            Place::Prefix(prefix) => Self(Place::Prefix(prefix.in_folder(folder))),
        }
    }

    /// The names that `patterns` mean for `period`: sorted, each once.
    ///
    /// `{last_day}`, `{each_day}` and `{period}` are filled in. Each pattern that results has to match at least one file.
    pub fn find(&self, patterns: &[String], period: &Period) -> Result<Vec<String>, CollectError> {
        Ok(self.look(patterns, period)?.into_iter().map(|file| file.name).collect())
    }

    /// As [`find`](Self::find), with lengths.
    pub(crate) fn look(&self, patterns: &[String], period: &Period) -> Result<Vec<Found>, CollectError> {
        let mut expanded = Vec::new();
        for pattern in patterns {
            expanded
                .extend(expand(pattern, period)?.iter().map(|text| Pattern::new(text)).collect::<Result<Vec<_>, _>>()?);
        }
        let mut files = BTreeMap::new();
        for (pattern, found) in expanded.iter().zip(self.matching(&expanded)?) {
            if found.is_empty() {
                return Err(CollectError::NoMatch { pattern: pattern.as_str().to_owned() });
            }
            files.extend(found.into_iter().map(|file| (file.name.clone(), file)));
        }
        Ok(files.into_values().collect())
    }

    fn matching(&self, patterns: &[Pattern]) -> Result<Vec<Vec<Found>>, CollectError> {
        match &self.0 {
            Place::Directory(directory) => patterns.iter().map(|pattern| directory.matching(pattern)).collect(),
            #[cfg(feature = "aws")]
            Place::Prefix(prefix) => prefix.matching(patterns),
        }
    }

    /// The bytes of one file of at most [`RAW_LIMIT`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>, CollectError> {
        let files = self.read_all(&[name.to_owned()], RAW_LIMIT)?;
        Ok(files.into_iter().next().map(|file| file.bytes).unwrap_or_default())
    }

    /// The bytes of all `names`, in that order, of at most `limit` bytes together.
    pub fn read_all(&self, names: &[String], limit: u64) -> Result<Vec<RawFile>, CollectError> {
        match &self.0 {
            Place::Directory(directory) => directory.read_all(names, limit),
            #[cfg(feature = "aws")]
            Place::Prefix(prefix) => prefix.read_all(names, limit),
        }
    }
}

fn too_large(name: &str, limit: u64) -> CollectError {
    let reason = format!(
        "the files of one slot may have {limit} bytes together; narrow the source's file patterns or shorten the period"
    );
    CollectError::TooLarge { name: name.to_owned(), reason }
}
