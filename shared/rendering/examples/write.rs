//! Writes the sample report in every format: `write <rows> <folder> [<templates folder>]`, with time and peak memory.

#![allow(clippy::disallowed_methods, reason = "a program has arguments and a clock")]

use domain::ReportFormat;
use rendering::{Templates, render, sample};
use std::{collections::BTreeMap, error::Error, fs, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: usize = arguments.next().ok_or("say how many rows")?.parse()?;
    let folder = arguments.next().ok_or("say into which folder")?;
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalog/templates");
    let templates = templates(Path::new(&arguments.next().unwrap_or_else(|| shipped.to_owned())))?;
    let report = sample::report(rows)?;
    fs::create_dir_all(&folder)?;
    for format in ReportFormat::ALL {
        let start = Instant::now();
        let bytes = render(&report, format, &templates)?;
        let seconds = start.elapsed().as_secs_f64();
        fs::write(Path::new(&folder).join(format!("report.{format}")), &bytes)?;
        let digest = domain::Digest::of(&bytes);
        #[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
        {
            println!("{format}: {seconds:.2} s, {} bytes, {digest}, peak {} MB", bytes.len(), peak_megabytes());
        }
    }
    Ok(())
}

fn templates(folder: &Path) -> Result<Templates, Box<dyn Error>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".typ") {
            files.insert(format!("templates/{name}"), fs::read_to_string(entry.path())?);
        }
    }
    Ok(Templates::new(files)?)
}

/// The most memory this process held so far, where the system tells (Linux); else 0.
fn peak_megabytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}
