//! The catalog that ships with Exhibit, and catalogs in folders.

use crate::CommandError;
use catalog::{Catalog, Problems};
use include_dir::{Dir, include_dir};
use runtime::catalog_files;
use std::{collections::BTreeMap, fs, path::Path};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../catalog");

/// The catalog that ships with Exhibit.
pub fn shipped_catalog() -> Result<Catalog, CommandError> {
    check(shipped_files())
}

/// The files of the catalog that ships with Exhibit, by path.
pub(crate) fn shipped_files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    gather(&SHIPPED, &mut files);
    files
}

fn gather(folder: &Dir<'_>, files: &mut BTreeMap<String, String>) {
    for file in folder.files() {
        if let Some(text) = file.contents_utf8() {
            files.insert(file.path().to_string_lossy().replace('\\', "/"), text.to_owned());
        }
    }
    folder.dirs().for_each(|inner| gather(inner, files));
}

/// Reads and checks the catalog in `folder`.
pub(crate) fn read_catalog(folder: &Path) -> Result<Catalog, CommandError> {
    check(catalog_files(folder).map_err(|error| CommandError::Invalid(error.to_string()))?)
}

fn check(files: BTreeMap<String, String>) -> Result<Catalog, CommandError> {
    let catalog = Catalog::read(files)?;
    let problems = reconcile::check(&catalog);
    if problems.is_empty() { Ok(catalog) } else { Err(Problems::new(problems).into()) }
}

/// Writes the shipped catalog into `folder`, where a person can change it. Files that are there stay as they are.
pub(crate) fn write_catalog(folder: &Path) -> Result<(), CommandError> {
    for (name, text) in shipped_files() {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(CommandError::file(parent))?;
        }
        if !path.exists() {
            fs::write(&path, text).map_err(CommandError::file(&path))?;
        }
    }
    Ok(())
}
