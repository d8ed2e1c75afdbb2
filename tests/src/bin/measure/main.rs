//! What `cargo xtask bench` runs and measures from outside. Not meant to be run by hand.
//!
//! - `measure render <pdf|xlsx|csv|json|html> <rows> <file>`: the sample report, rendered into a file; `html` is the same
//!   table for the peer
//! - `measure pages <file>`: how many pages a PDF has
//! - `measure hashing <megabytes> <runs>`: speeds, one per line, as `name<TAB>MB per second<TAB>peer`
//! - `measure append <events>`: events appended to a log, as `name<TAB>value`
//! - `measure bundle <folder> <documents>`: a bundle of so much evidence, and the key that signed it
#![allow(clippy::print_stdout, reason = "its output is read by xtask")]

mod hashing;
mod peer;
mod proof;

use domain::{Report, ReportFormat};
use rendering::Templates;
use std::{collections::BTreeMap, error::Error, fs, path::Path};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["render", format, rows, file] => render(format, rows.parse()?, Path::new(file)),
        ["pages", file] => pages(Path::new(file)),
        ["append", events] => proof::append(events.parse()?),
        ["bundle", folder, documents] => proof::make(Path::new(folder), documents.parse()?),
        ["hashing", megabytes, runs] => hashing::run(megabytes.parse()?, runs.parse()?),
        _ => Err("usage: measure render <format> <rows> <file> | pages <file> | hashing <megabytes> <runs>".into()),
    }
}

fn render(format: &str, rows: usize, file: &Path) -> Outcome<()> {
    let report: Report = rendering::sample::report(rows)?;
    let known = ReportFormat::ALL.into_iter().find(|known| known.extension() == format);
    let bytes = match known {
        Some(known) => rendering::render(&report, known, &templates()?)?,
        None if format == "html" => peer::html(&report).into_bytes(),
        None => return Err(format!("there is no format {format:?}").into()),
    };
    Ok(fs::write(file, bytes)?)
}

/// The templates of the catalog in this workspace.
fn templates() -> Outcome<Templates> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog/templates");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".typ") {
            files.insert(format!("templates/{name}"), fs::read_to_string(entry.path())?);
        }
    }
    Ok(Templates::new(files)?)
}

fn pages(file: &Path) -> Outcome<()> {
    println!("{}", pdf_extract::Document::load(file)?.get_pages().len());
    Ok(())
}
