//! A catalog in a folder.

use catalog::{Catalog, Problems};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// A folder that gives no catalog.
#[derive(Debug, thiserror::Error)]
pub enum CatalogFolderError {
    /// It holds none.
    #[error("{0} holds no catalog: it has none of the folders frameworks, controls, sources, queries and templates")]
    Absent(PathBuf),
    /// A file could not be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It says something that it cannot say.
    #[error("the catalog cannot be used:\n{0}")]
    Problems(#[from] Problems),
}

const KINDS: [&str; 6] = ["frameworks", "controls", "sources", "queries", "cases", "templates"];
/// Which of the sources there are; none need be said.
const SCOPE: &str = "scope.toml";

/// Reads the catalog in `folder`. Its finding queries are not tried: `exhibit` does that before a catalog is packaged.
pub fn read_catalog(folder: &Path) -> Result<Catalog, CatalogFolderError> {
    Ok(Catalog::read(catalog_files(folder)?)?)
}

/// Every file of the catalog in `folder`, path to text. Hidden files and an editor's copies are none of it.
pub fn catalog_files(folder: &Path) -> Result<BTreeMap<String, String>, CatalogFolderError> {
    let mut files = BTreeMap::new();
    for kind in KINDS {
        let Ok(entries) = fs::read_dir(folder.join(kind)) else { continue };
        for entry in entries {
            let path = entry.map_err(unreadable(folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !name.starts_with('.') && !name.ends_with('~') {
                files.insert(format!("{kind}/{name}"), fs::read_to_string(&path).map_err(unreadable(&path))?);
            }
        }
    }
    let scope = folder.join(SCOPE);
    if !files.is_empty() && scope.exists() {
        files.insert(SCOPE.to_owned(), fs::read_to_string(&scope).map_err(unreadable(&scope))?);
    }
    if files.is_empty() { Err(CatalogFolderError::Absent(folder.to_owned())) } else { Ok(files) }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> CatalogFolderError {
    let path = path.to_owned();
    move |source| CatalogFolderError::Unreadable { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_that_ships_is_read_from_its_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
        let catalog = read_catalog(&folder).unwrap();
        let (operated, all) = (catalog.controls().count(), catalog.all_controls().count());
        assert!(operated > 0 && operated < all && !catalog.cases().is_empty(), "{operated} of {all}");
    }

    #[test]
    fn a_folder_without_a_catalog_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let refused = read_catalog(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(folder.path().to_str().unwrap()) && refused.contains("controls"), "{refused}");
    }
}
