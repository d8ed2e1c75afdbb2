//! One report in every format, against WeasyPrint on the same table.

use super::{
    Bench, Choice,
    process::{self, Sample},
    table::{aligned, megabytes, times},
    weasyprint,
};
use crate::{
    Result,
    workspace::{output, succeed},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const FORMATS: [&str; 4] = ["pdf", "xlsx", "csv", "json"];

/// One line of the table.
struct Measured {
    name: String,
    sample: Sample,
    bytes: u64,
    pages: String,
}

/// Measures every format, then the peer.
pub fn run(bench: &Bench, choice: &Choice) -> Result<()> {
    println!("\na report of {} evidence rows", choice.rows);
    let measure = bench.build("tests", "measure")?;
    let ours =
        FORMATS.iter().map(|format| measure_ours(&measure, bench, choice, format)).collect::<Result<Vec<_>>>()?;
    let peer = match weasyprint::prepare(&bench.tools) {
        Ok(python) => Some(measure_peer(&measure, bench, choice, &python)?),
        Err(reason) => {
            println!("{reason}");
            None
        }
    };
    print(&ours, peer.as_ref());
    Ok(())
}

fn measure_ours(measure: &Path, bench: &Bench, choice: &Choice, format: &str) -> Result<Measured> {
    let file = bench.folder.join(format!("report.{format}"));
    let sample = process::median(choice.runs, || render(measure, choice, format, &file))?;
    let pages = match format {
        "pdf" => page_count(measure, &file)?,
        _ => String::new(),
    };
    Ok(Measured { name: format!("exhibit {format}"), sample, bytes: length(&file), pages })
}

fn render(measure: &Path, choice: &Choice, format: &str, file: &Path) -> Command {
    let mut command = Command::new(measure);
    command.args(["render", format, &choice.rows.to_string()]).arg(file);
    command
}

fn page_count(measure: &Path, file: &Path) -> Result<String> {
    let answer = output(Command::new(measure).arg("pages").arg(file))?;
    Ok(String::from_utf8_lossy(&answer).trim().to_owned())
}

fn measure_peer(measure: &Path, bench: &Bench, choice: &Choice, python: &Path) -> Result<Measured> {
    let (html, pdf): (PathBuf, PathBuf) = (bench.folder.join("peer.html"), bench.folder.join("peer.pdf"));
    succeed(&mut render(measure, choice, "html", &html))?;
    let sample = process::median(1, || weasyprint::command(python, &html, &pdf))?;
    Ok(Measured { name: "WeasyPrint 70 pdf".to_owned(), sample, bytes: length(&pdf), pages: weasyprint::pages(&pdf) })
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |metadata| metadata.len())
}

fn print(ours: &[Measured], peer: Option<&Measured>) {
    let heads = ["format", "wall s", "CPU s", "peak MB", "file MB", "pages", "× faster", "× less CPU", "× less memory"];
    let rows: Vec<Vec<String>> = ours.iter().chain(peer).map(|measured| cells(measured, peer)).collect();
    println!("{}", aligned(&heads, &rows));
}

fn cells(measured: &Measured, peer: Option<&Measured>) -> Vec<String> {
    let ours = measured.sample;
    let ratio =
        |figure: fn(&Sample) -> f64| peer.map_or("–".to_owned(), |peer| times(figure(&peer.sample), figure(&ours)));
    vec![
        measured.name.clone(),
        format!("{:.2}", ours.wall),
        format!("{:.2}", ours.cpu),
        megabytes(ours.peak),
        megabytes(measured.bytes),
        measured.pages.clone(),
        ratio(|sample| sample.wall),
        ratio(|sample| sample.cpu),
        ratio(|sample| sample.peak as f64),
    ]
}
