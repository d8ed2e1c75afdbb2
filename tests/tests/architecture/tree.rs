//! Reading the workspace.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One crate of the workspace.
pub struct Crate {
    /// `shared/domain`
    pub folder: String,
    /// Its manifest.
    pub manifest: toml::Table,
}

/// A text file.
pub struct Text {
    /// Its path from the workspace's root: `shared/domain/src/lib.rs`.
    pub path: String,
    /// What it says.
    pub text: String,
}

impl Crate {
    /// The package's name.
    pub fn name(&self) -> &str {
        self.manifest["package"]["name"].as_str().unwrap()
    }

    /// The last part of the folder's path.
    pub fn folder_name(&self) -> &str {
        self.folder.rsplit('/').next().unwrap()
    }

    /// Its Rust files.
    pub fn sources(&self) -> Vec<Text> {
        rust_files().into_iter().filter(|file| Path::new(&file.path).starts_with(&self.folder)).collect()
    }
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// What `path`, from the workspace's root, says; nothing when it is absent.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// Every crate, by folder.
pub fn crates() -> Vec<Crate> {
    let folders = ["shared", "functions"]
        .into_iter()
        .flat_map(|group| names_in(group).into_iter().map(move |name| format!("{group}/{name}")));
    let folders = folders.chain(["cli", "page", "tests", "xtask"].map(str::to_owned));
    let found: Vec<Crate> = folders.filter_map(|folder| crate_in(&folder)).collect();
    assert!(found.len() >= 16, "only {} crates were found; the checks would check nothing", found.len());
    found
}

fn crate_in(folder: &str) -> Option<Crate> {
    let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).ok()?.parse().unwrap();
    Some(Crate { folder: folder.to_owned(), manifest })
}

/// The names in a folder, in order; none when it is absent.
pub fn names_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every file and folder of the tree, by path from the root; not what git and cargo keep for themselves.
pub fn paths() -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![String::new()];
    while let Some(folder) = pending.pop() {
        for name in names_in(&folder).into_iter().filter(|name| ![".git", "target"].contains(&name.as_str())) {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if root().join(&path).is_dir() {
                pending.push(path.clone());
            }
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every Rust file.
pub fn rust_files() -> Vec<Text> {
    let files = paths().into_iter().filter(|path| path.ends_with(".rs"));
    files.map(|path| Text { text: fs::read_to_string(root().join(&path)).unwrap(), path }).collect()
}
