//! Which runs somebody on this machine is at.
//!
//! Whoever works on a run holds a lock on a file of its name for as long; the system frees it when the process ends, however it
//! ends. A run that stands as requested and whose file nobody holds was left behind.

use domain::RunId;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// The claim of this process to work on one run; given up when dropped.
#[derive(Debug)]
pub struct UnderWay {
    path: PathBuf,
    _held: File,
}

impl UnderWay {
    /// Claims the run in the data directory at `directory`; none when somebody, this process too, is at it already.
    pub fn claim(directory: &Path, run_id: &RunId) -> io::Result<Option<Self>> {
        let folder = directory.join("under-way");
        fs::create_dir_all(&folder)?;
        let path = folder.join(run_id.as_str());
        // Who gave up its claim just now may have removed the file that was opened here: then open another.
        for _ in 0..16 {
            let held = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            match held.try_lock() {
                Ok(()) if is_at(&path, &held) => return Ok(Some(Self { path, _held: held })),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }
}

#[cfg(unix)]
fn is_at(path: &Path, held: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let inode = |metadata: io::Result<fs::Metadata>| metadata.ok().map(|metadata| (metadata.dev(), metadata.ino()));
    inode(fs::metadata(path)).is_some_and(|there| Some(there) == inode(held.metadata()))
}

// Where a file that is open cannot be removed, it is there.
#[cfg(not(unix))]
fn is_at(_: &Path, _: &File) -> bool {
    true
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_one_holders_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let run: RunId = "run-1".parse().unwrap();
        let held = UnderWay::claim(folder.path(), &run).unwrap().unwrap();
        assert!(UnderWay::claim(folder.path(), &run).unwrap().is_none());
        drop(held);
        assert!(UnderWay::claim(folder.path(), &run).unwrap().is_some());
        assert!(!folder.path().join("under-way/run-1").exists());
    }
}
