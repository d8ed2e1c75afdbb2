//! A bundle that was unpacked. Its names come from others: they lead to nothing outside the folder.

use bundle::{FileError, Files};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A folder with the files of a bundle.
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn path(&self, name: &str) -> Result<PathBuf, FileError> {
        let part = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0']);
        if name.split('/').all(part) { Ok(self.root.join(name)) } else { Err(FileError::Name(name.to_owned())) }
    }
}

impl Files for Folder {
    fn names(&self) -> Result<Vec<String>, FileError> {
        let (mut found, mut pending) = (Vec::new(), vec![String::new()]);
        while let Some(below) = pending.pop() {
            for entry in fs::read_dir(self.root.join(&below)).map_err(unread)? {
                let entry = entry.map_err(unread)?;
                let name = format!("{below}{}", entry.file_name().to_string_lossy());
                match entry.file_type().map_err(unread)?.is_dir() {
                    true => pending.push(format!("{name}/")),
                    false => found.push(name),
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn length(&self, name: &str) -> Result<u64, FileError> {
        // A link is not followed: it could lead anywhere.
        let found = fs::symlink_metadata(self.path(name)?).map_err(unread)?;
        if found.is_file() { Ok(found.len()) } else { Err(FileError::Unreadable("it is no plain file".to_owned())) }
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, FileError> {
        self.length(name)?;
        fs::read(self.path(name)?).map_err(unread)
    }
}

fn unread(error: io::Error) -> FileError {
    match error.kind() {
        io::ErrorKind::NotFound => FileError::Absent,
        _ => FileError::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_plain_files_of_the_folder_alone() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("bundle");
        fs::create_dir_all(root.join("objects/acme")).unwrap();
        fs::write(root.join("objects/acme/a.json"), b"{}").unwrap();
        fs::write(place.path().join("secret"), b"secret").unwrap();
        let folder = Folder::new(&root);
        assert_eq!(folder.names().unwrap(), ["objects/acme/a.json"]);
        assert_eq!(folder.bytes("objects/acme/a.json").unwrap(), b"{}");
        assert_eq!(folder.length("absent"), Err(FileError::Absent));
        for name in ["../secret", "objects/../../secret", "/etc/passwd", "", "objects//acme", "C:secret", "..\\secret"]
        {
            assert!(matches!(folder.bytes(name), Err(FileError::Name(_))), "{name:?}");
        }
        assert!(matches!(folder.bytes("objects"), Err(FileError::Unreadable(_))));
    }
}
