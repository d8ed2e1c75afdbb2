//! `cargo xtask page`: the page that checks a bundle, as one file.

mod assembly;

use crate::{
    Result, TaskError, demo_bundles, node, toolchain,
    workspace::{cargo, root, succeed, target},
};
use assembly::Parts;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

pub const HELP: &str = "\
Builds the program of the page for WebAssembly and puts it into one HTML file that checks a bundle in a browser, without a network.
Prints where the file is and how large.

Usage: cargo xtask page [--test [KEY BUNDLE...]]

  --test  then runs the page's program in Node, with the page's own code around it: the demo's bundles, or those that are named and signed
          with KEY, have to hold, every file coming out byte by byte; and with one bit changed it has to be said. Then the page itself in
          headless Chromium, as a person uses it; pictures of it are left in target/page

Installs zig and playwright-core below the target folder (once) and the Rust target when rustup has not got it. The first build takes ten
minutes on two cores. --test needs Node 20 or later, npm, and Chromium at /usr/bin/chromium or where CHROMIUM says.";

const WASI: &str = "wasm32-wasip1";

/// What the linker is told: the stack of a thread of Linux, which layout was made for; the default is an eighth of that.
const STACK: &str = "-Clink-arg=-zstack-size=8388608";

/// Builds the page, and tests it when that was asked for.
pub fn run(arguments: &[String]) -> Result<()> {
    let tested = match arguments.split_first() {
        None => None,
        Some((flag, folders)) if flag == "--test" => Some(folders),
        Some(_) => return Err(TaskError::Usage(format!("page takes no {arguments:?}\n\n{HELP}"))),
    };
    let page = build()?;
    match tested {
        None => Ok(()),
        Some([]) => {
            let folder = tempfile::tempdir();
            let folder =
                folder.map_err(|source| TaskError::File { path: "the temporary folder".to_owned(), source })?;
            let bundles = demo_bundles::make(folder.path())?;
            test(&page, &bundles.key, &bundles.paths)
        }
        Some([key, bundles @ ..]) => test(&page, key, &bundles.iter().map(PathBuf::from).collect::<Vec<_>>()),
    }
}

fn build() -> Result<PathBuf> {
    let program = read(&program()?)?;
    let text = |name: &str| {
        let path = root().join("page/html").join(name);
        fs::read_to_string(&path).map_err(|source| file(&path, source))
    };
    let parts = Parts {
        page: text("page.html")?,
        style: text("style.css")?,
        script: text("page.js")?,
        worker: text("host.js")? + &text("worker.js")?,
        program: &program,
    };
    let page = parts.assemble()?;
    let path = root().join("target/exhibit-check.html");
    fs::create_dir_all(root().join("target")).map_err(|source| file(&path, source))?;
    fs::write(&path, &page).map_err(|source| file(&path, source))?;
    println!(
        "program {:>6.1} MB\npage    {:>6.1} MB  {}",
        megabytes(program.len()),
        megabytes(page.len()),
        path.display()
    );
    Ok(path)
}

/// Compiles the program. Its messages name files as `/exhibit/...`, not where somebody built it.
fn program() -> Result<PathBuf> {
    toolchain::add_target(WASI)?;
    let zig = toolchain::tools()?.join("python-zig").display().to_string();
    let here = format!("--remap-path-prefix={}=/exhibit", root().display());
    let sources = format!("--remap-path-prefix={}=/cargo", cargo_home().display());
    let mut command = cargo(&["build", "--locked", "--profile", "page", "--target", WASI, "-p", "page"]);
    command
        .env("CC_wasm32_wasip1", format!("{zig} cc"))
        .env("AR_wasm32_wasip1", format!("{zig} ar"))
        // zig does not know the target by its newer name.
        .env("CFLAGS_wasm32_wasip1", "--target=wasm32-wasi")
        .env("CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS", [STACK, &here, &sources].join(" "));
    succeed(&mut command)?;
    Ok(target()?.join(WASI).join("page/page.wasm"))
}

fn cargo_home() -> PathBuf {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default()
}

fn test(page: &Path, key: &str, bundles: &[PathBuf]) -> Result<()> {
    succeed(Command::new("node").arg(root().join("page/html/test.mjs")).arg(page).arg(key).args(bundles))?;
    let pictures = root().join("target/page");
    fs::create_dir_all(&pictures).map_err(|source| file(&pictures, source))?;
    let mut browse = Command::new("node");
    browse.arg(root().join("page/html/browser.mjs")).arg(node::modules()?).arg(page).arg(key).arg(&pictures);
    // One shows what the page does; each of them went through the same program above.
    succeed(browse.args(bundles.iter().take(1)))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| file(path, source))
}

fn file(path: &Path, source: std::io::Error) -> TaskError {
    TaskError::File { path: path.display().to_string(), source }
}

fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) / 1024.0
}
