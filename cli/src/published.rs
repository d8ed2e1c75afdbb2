//! Files that anybody may read.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

/// Puts `bytes` into the file at `path`, whole or not at all, in place of what is there. Its folder is made.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    let_others_read(file.as_file())?;
    file.persist(path).map_err(|error| error.error).map(drop)
}

#[cfg(unix)]
fn let_others_read(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn let_others_read(_: &fs::File) -> io::Result<()> {
    Ok(())
}
