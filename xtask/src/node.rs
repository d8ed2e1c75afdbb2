//! Programs that come from npm, set below the target folder. `xtask/node/package-lock.json` pins them.

use crate::{
    Result, TaskError,
    workspace::{root, succeed, target},
};
use std::{fs, path::PathBuf, process::Command};

const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// The folder with `node_modules` in it, made when it is not there and brought up to what is pinned.
pub fn modules() -> Result<PathBuf> {
    let folder = target()?.join("tools/node");
    let failed = |path: &PathBuf| {
        let path = path.display().to_string();
        |source| TaskError::File { path, source }
    };
    fs::create_dir_all(&folder).map_err(failed(&folder))?;
    for name in FILES {
        let path = root().join("xtask/node").join(name);
        fs::copy(&path, folder.join(name)).map_err(failed(&path))?;
    }
    let mut install = Command::new("npm");
    succeed(install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]).current_dir(&folder))?;
    Ok(folder)
}
