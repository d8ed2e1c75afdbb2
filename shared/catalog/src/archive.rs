//! The catalog as one object: canonical JSON, so that its SHA-256 names it.

use crate::{Catalog, Problem, Problems};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FORMAT: &str = "exhibit/catalog/v1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Archive {
    files: BTreeMap<String, String>,
    format: String,
}

/// The archive of `files`. Texts always have a JSON form, so nothing can be refused here.
pub(crate) fn write(files: &BTreeMap<String, String>) -> Vec<u8> {
    let archive = Archive { files: files.clone(), format: FORMAT.to_owned() };
    domain::canonical::to_bytes(&archive).unwrap_or_default()
}

/// The catalog of an archive.
pub(crate) fn read(bytes: &[u8]) -> Result<Catalog, Problems> {
    let archive: Archive = serde_json::from_slice(bytes).map_err(|error| refused(error.line(), &error.to_string()))?;
    if archive.format != FORMAT {
        return Err(refused(1, &format!("its format is {:?}, not {FORMAT:?}", archive.format)));
    }
    Catalog::read(archive.files)
}

fn refused(line: usize, why: &str) -> Problems {
    let message = format!("this is no catalog archive: {why}");
    Problems(vec![Problem { file: "catalog.json".to_owned(), line: line.max(1), message }])
}
