//! A folder whose content comes from outside: names become paths only when they are harmless, nothing but plain files is read or
//! written, and nothing is overwritten.

use bundle::RECORD;
use domain::Failure;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A downloaded report, or the place for one.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

/// Why a file of a downloaded report was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder is no downloaded report.
    #[error("{0} is no downloaded report: it has no record.json. Make one with `exhibit download`")]
    NotAReport(PathBuf),
    /// The file is no bundle.
    #[error("{path}: {source}")]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: bundle::ArchiveError,
    },
    /// A name that would lead out of the folder, or that no object of Exhibit has.
    #[error("{0:?} is not the name of an object of Exhibit")]
    Name(String),
    /// A file that has to be there.
    #[error("it is not there")]
    Absent,
    /// Something that is neither a folder nor a file: nobody knows what is read from it.
    #[error("{0} is a link or something else that is neither a plain folder nor a plain file")]
    NotPlain(PathBuf),
    /// A file that is already there and is another one.
    #[error("{0} is there already and is another file: choose an empty folder")]
    Taken(PathBuf),
    /// The file system.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FolderError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            FolderError::NotAReport(_)
            | FolderError::Archive { .. }
            | FolderError::Taken(_)
            | FolderError::File { .. } => Failure::InvalidInput,
            _ => Failure::IntegrityMismatch,
        }
    }

    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| FolderError::File { path, source }
    }
}

const LONGEST_NAME: usize = 1024;

impl Folder {
    /// A folder with a downloaded report in it.
    pub fn open(root: &Path) -> Result<Self, FolderError> {
        let folder = Self { root: root.to_owned() };
        if folder.has(RECORD) { Ok(folder) } else { Err(FolderError::NotAReport(root.to_owned())) }
    }

    /// A folder to put a report into. It is made when it is absent.
    pub fn create(root: &Path) -> Result<Self, FolderError> {
        fs::create_dir_all(root).map_err(FolderError::file(root))?;
        Ok(Self { root: root.to_owned() })
    }

    /// The length of the file `name` in bytes.
    pub fn length_of(&self, name: &str) -> Result<u64, FolderError> {
        length(&self.existing(name)?)
    }

    /// The bytes of the file `name`.
    pub fn bytes_of(&self, name: &str) -> Result<Vec<u8>, FolderError> {
        bytes(&self.existing(name)?)
    }

    /// Whether there is anything under `name`.
    pub fn has(&self, name: &str) -> bool {
        self.path(name).is_ok_and(|path| fs::symlink_metadata(path).is_ok())
    }

    /// Writes a file whole or not at all. The same bytes again are no second file; others are [`FolderError::Taken`].
    pub fn put(&self, name: &str, content: &[u8]) -> Result<PathBuf, FolderError> {
        let path = self.path(name)?;
        self.make_folders(name)?;
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() && found.len() == content.len() as u64 && bytes(&path)? == content => {
                return Ok(path);
            }
            Ok(_) => return Err(FolderError::Taken(path)),
            Err(_) => {}
        }
        write_whole(&path, content)?;
        Ok(path)
    }

    /// The names of all files, in order.
    pub fn files(&self) -> Result<Vec<String>, FolderError> {
        let (mut found, mut pending) = (Vec::new(), vec![self.root.clone()]);
        while let Some(folder) = pending.pop() {
            for entry in fs::read_dir(&folder).map_err(FolderError::file(&folder))? {
                let entry = entry.map_err(FolderError::file(&folder))?;
                match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    true => pending.push(entry.path()),
                    false => found.push(self.name_of(&entry.path())),
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn name_of(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.root).unwrap_or(path);
        inside.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
    }

    fn path(&self, name: &str) -> Result<PathBuf, FolderError> {
        let harmless = name.len() <= LONGEST_NAME && name.split('/').all(is_harmless);
        if harmless { Ok(self.root.join(name)) } else { Err(FolderError::Name(name.to_owned())) }
    }

    // Each folder on the way is a folder, and not a link to one that is elsewhere.
    fn existing(&self, name: &str) -> Result<PathBuf, FolderError> {
        let path = self.path(name)?;
        for folder in self.folders(name) {
            if fs::symlink_metadata(&folder).is_ok_and(|found| !found.is_dir()) {
                return Err(FolderError::NotPlain(folder));
            }
        }
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => Ok(path),
            Ok(_) => Err(FolderError::NotPlain(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(FolderError::Absent),
            Err(error) => Err(FolderError::file(&path)(error)),
        }
    }

    fn make_folders(&self, name: &str) -> Result<(), FolderError> {
        for folder in self.folders(name) {
            match fs::create_dir(&folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(FolderError::file(&folder)(error));
                }
                _ if fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) => {}
                _ => return Err(FolderError::NotPlain(folder)),
            }
        }
        Ok(())
    }

    // The folders between the root and the file, from the outermost.
    fn folders(&self, name: &str) -> Vec<PathBuf> {
        let parts: Vec<&str> = name.split('/').collect();
        let depths = 1..parts.len();
        depths.map(|depth| self.root.join(parts.iter().take(depth).collect::<PathBuf>())).collect()
    }
}

// Names of objects are made of checked identifiers, periods and digests: nothing else is in them.
fn is_harmless(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '(' | ')');
    (1..=255).contains(&part.len()) && part.chars().all(allowed) && !part.starts_with('.') && !part.ends_with('.')
}

// Until it is whole, a file has a name that no object can have: theirs do not begin with a dot.
fn write_whole(path: &Path, content: &[u8]) -> Result<(), FolderError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = path.with_file_name(format!(".{name}.partial"));
    remove_leftover(&partial, content)?;
    let made = fs::OpenOptions::new().write(true).create_new(true).open(&partial);
    let mut file = made.map_err(FolderError::file(&partial))?;
    let written = io::Write::write_all(&mut file, content).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        drop(fs::remove_file(&partial));
    }
    written.map_err(FolderError::file(path))
}

// A download that was ended leaves the beginning of what it wrote. Whatever else has that name is somebody's and stays.
fn remove_leftover(partial: &Path, content: &[u8]) -> Result<(), FolderError> {
    let fits = |found: &fs::Metadata| found.is_file() && found.len() <= content.len() as u64;
    match fs::symlink_metadata(partial) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(FolderError::file(partial)(error)),
        Ok(found) if fits(&found) && content.starts_with(&bytes(partial)?) => {
            fs::remove_file(partial).map_err(FolderError::file(partial))
        }
        Ok(_) => Err(FolderError::Taken(partial.to_owned())),
    }
}

fn length(path: &Path) -> Result<u64, FolderError> {
    Ok(fs::symlink_metadata(path).map_err(FolderError::file(path))?.len())
}

fn bytes(path: &Path) -> Result<Vec<u8>, FolderError> {
    fs::read(path).map_err(FolderError::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::create(&temporary.path().join("report")).unwrap();
        (temporary, folder)
    }

    #[test]
    fn a_name_that_leads_out_of_the_folder_is_refused() {
        let (temporary, folder) = folder();
        for name in ["../x", "objects/../../x", "/etc/x", "", "a//b", "a/./b", "a\\..\\x", "C:/x", ".hidden", "a/", "é"]
        {
            assert!(matches!(folder.put(name, b"x"), Err(FolderError::Name(_))), "{name:?}");
            assert!(!folder.has(name), "{name:?}");
        }
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_written_once_and_never_over_another() {
        let (_temporary, folder) = folder();
        folder.put("objects/acme/evidence/a.json", b"one").unwrap();
        folder.put("objects/acme/evidence/a.json", b"one").unwrap();
        assert!(matches!(folder.put("objects/acme/evidence/a.json", b"two"), Err(FolderError::Taken(_))));
        assert_eq!(folder.files().unwrap(), ["objects/acme/evidence/a.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_read_or_written_through_a_link() {
        let (temporary, folder) = folder();
        let elsewhere = temporary.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("x.json"), b"x").unwrap();
        std::os::unix::fs::symlink(&elsewhere, folder.root.join("objects")).unwrap();
        for name in ["x.json", ".z.json.partial"] {
            std::os::unix::fs::symlink(elsewhere.join("x.json"), folder.root.join(name)).unwrap();
        }
        for name in ["objects/x.json", "x.json"] {
            assert!(matches!(folder.bytes_of(name), Err(FolderError::NotPlain(_))), "{name}");
        }
        assert!(matches!(folder.put("objects/y.json", b"y"), Err(FolderError::NotPlain(_))));
        for name in ["x.json", "z.json"] {
            assert!(matches!(folder.put(name, b"x"), Err(FolderError::Taken(_))), "{name}");
        }
        assert_eq!(fs::read(elsewhere.join("x.json")).unwrap(), b"x");
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
    }

    #[test]
    fn an_interrupted_download_goes_on() {
        let (_temporary, folder) = folder();
        for left in [&b""[..], b"wh", b"whole"] {
            fs::write(folder.root.join(".a.json.partial"), left).unwrap();
            // It is no file of the report, and looking at it removes nothing.
            assert_eq!(folder.files().unwrap(), [".a.json.partial"]);
            folder.put("a.json", b"whole").unwrap();
            assert_eq!(folder.files().unwrap(), ["a.json"]);
            fs::remove_file(folder.root.join("a.json")).unwrap();
        }
    }

    #[test]
    fn a_file_of_somebody_else_is_neither_removed_nor_written_to() {
        let (_temporary, folder) = folder();
        let path = |name: &str| folder.root.join(name);
        fs::write(path("a.partial"), b"mine").unwrap();
        folder.put("a.json", b"whole").unwrap();
        for own in [&b"mine"[..], b"whole and more"] {
            fs::write(path(".b.json.partial"), own).unwrap();
            assert!(matches!(folder.put("b.json", b"whole"), Err(FolderError::Taken(_))));
            assert_eq!(fs::read(path(".b.json.partial")).unwrap(), own);
        }
        fs::create_dir(path(".c.json.partial")).unwrap();
        assert!(matches!(folder.put("c.json", b"whole"), Err(FolderError::Taken(_))));
        assert_eq!(fs::read(path("a.partial")).unwrap(), b"mine");
        assert_eq!(folder.files().unwrap(), [".b.json.partial", "a.json", "a.partial"]);
    }
}
