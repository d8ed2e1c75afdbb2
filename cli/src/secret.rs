//! Files of a data directory that only its owner may read.

use crate::CommandError;
use std::{
    fs,
    io::{self, ErrorKind, Write as _},
    path::Path,
};

/// `N` bytes that nobody can guess.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], CommandError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| CommandError::Invalid(format!("no randomness: {error}")))?;
    Ok(bytes)
}

/// Writes the line `text` into a new file that only its owner may read, whole or not at all. What is there stays.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<(), CommandError> {
    let written = || -> io::Result<()> {
        // Under another name first: who reads the file never sees half of it.
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        file.write_all(format!("{text}\n").as_bytes())?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error.error),
            Ok(_) => Ok(()),
        }
    };
    written().map_err(CommandError::file(path))
}

/// Reads the text of such a file; `danger` is what others could do who can read it too.
pub(crate) fn read(path: &Path, danger: &str) -> Result<String, CommandError> {
    refuse_open_to_others(path, danger)?;
    Ok(fs::read_to_string(path).map_err(CommandError::file(path))?.trim_end().to_owned())
}

#[cfg(unix)]
fn refuse_open_to_others(path: &Path, danger: &str) -> Result<(), CommandError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map_err(CommandError::file(path))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(CommandError::Invalid(format!("{path} can be read by others: they could {danger}. chmod 600 {path}")))
}

#[cfg(not(unix))]
fn refuse_open_to_others(_: &Path, _: &str) -> Result<(), CommandError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_secret_is_written_once_for_its_owner_alone_and_refused_when_others_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.key");
        write_new(&path, "first").unwrap();
        write_new(&path, "second").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read(&path, "do it").unwrap(), "first");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = read(&path, "do it").unwrap_err().to_string();
        assert!(refused.contains("do it") && refused.contains("chmod 600"), "{refused}");
    }
}
