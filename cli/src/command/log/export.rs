//! `exhibit log export`

use super::{super::Output, newest};
use crate::{CommandError, published::replace, sealing::OwnLog};
use custody_log::TileName;
use serde::Serialize;
use std::{fs, io::ErrorKind, path::Path};

#[derive(Serialize)]
struct Exported {
    folder: String,
    entries: u64,
    tiles: u64,
    written: u64,
    bytes: u64,
}

/// Whoever reads the folder meanwhile finds everything that the checkpoint needs: it is written last.
pub(super) async fn run(log: &OwnLog, folder: &Path, output: &Output) -> Result<(), CommandError> {
    let (opened, note) = newest(log).await?;
    let size = opened.checkpoint.size;
    let mut exported = Exported { folder: folder.display().to_string(), entries: size, tiles: 0, written: 0, bytes: 0 };
    for name in TileName::entries_of(size).chain(TileName::hashes_of(size)) {
        let bytes = seal::tile(&log.storage, &log.tenant, name).await?;
        exported.tiles += 1;
        exported.bytes += bytes.len() as u64;
        exported.written += u64::from(put(&folder.join(name.to_string()), &bytes)?);
    }
    let path = folder.join("checkpoint");
    replace(&path, &note).map_err(CommandError::file(&path))?;
    output.say(format!(
        "The log of {} entries is in {}: {} tiles, {} of them new. Whoever checks it needs the key of `exhibit log key`.",
        exported.entries, exported.folder, exported.tiles, exported.written
    ));
    output.answer(&exported)
}

/// Writes a tile that is not there yet. One that is there is the same, or of another log.
fn put(path: &Path, bytes: &[u8]) -> Result<bool, CommandError> {
    match fs::read(path) {
        Ok(there) if there == bytes => return Ok(false),
        Ok(_) => {
            let message = format!("{} is of another log: export into a folder of its own", path.display());
            return Err(CommandError::Invalid(message));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(CommandError::file(path)(error)),
    }
    replace(path, bytes).map(|()| true).map_err(CommandError::file(path))
}
