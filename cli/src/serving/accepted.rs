//! Collections that were accepted over the API and are not done yet: a file each, so that the end of the process loses none.

use domain::CollectionRequest;
use runtime::random_token;
use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

/// An accepted collection, and the file that tells of it.
#[derive(Debug, Clone)]
pub(super) struct AcceptedCollection {
    /// What to collect.
    pub(super) request: CollectionRequest,
    path: PathBuf,
}

impl AcceptedCollection {
    /// Writes the request below the data directory at `directory`: whole and on the disk, or not at all.
    pub(super) fn keep(directory: &Path, request: &CollectionRequest) -> io::Result<Self> {
        let folder = folder(directory);
        fs::create_dir_all(&folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(&serde_json::to_vec(request)?)?;
        file.as_file().sync_all()?;
        let path = folder.join(format!("{}.json", random_token()));
        file.persist_noclobber(&path)?;
        fs::File::open(&folder)?.sync_all()?;
        Ok(Self { request: request.clone(), path })
    }

    /// Those that another process left behind, in the order of their names. What cannot be read is left where it is.
    pub(super) fn left(directory: &Path) -> io::Result<Vec<Self>> {
        let folder = folder(directory);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
        let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        let read = |path: PathBuf| {
            let request = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
            Some(Self { request, path })
        };
        Ok(paths.into_iter().filter_map(read).collect())
    }

    /// Forgets it: its slots are filled, or say why not.
    pub(super) fn done(self) {
        // Left behind it is collected once more, which changes nothing.
        drop(fs::remove_file(self.path));
    }
}

fn folder(directory: &Path) -> PathBuf {
    directory.join("accepted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_accepted_is_there_for_the_next_process_until_it_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let request = CollectionRequest {
            control: "leavers".parse().unwrap(),
            tenants: vec!["acme".parse().unwrap()],
            scheduled_at: None,
            period: Some("2026-01".parse().unwrap()),
            requested_by: "ana@acme.example".parse().unwrap(),
        };
        assert!(AcceptedCollection::left(folder.path()).unwrap().is_empty());
        AcceptedCollection::keep(folder.path(), &request).unwrap();
        let left = AcceptedCollection::left(folder.path()).unwrap();
        assert_eq!(left.iter().map(|accepted| &accepted.request).collect::<Vec<_>>(), [&request]);
        left.into_iter().for_each(AcceptedCollection::done);
        assert!(AcceptedCollection::left(folder.path()).unwrap().is_empty());
    }
}
