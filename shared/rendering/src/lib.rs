#![doc = include_str!("../README.md")]

mod comma_separated;
mod error;
mod pdf;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
mod table;
mod templates;
mod typeface;
mod view;
mod visible;
mod workbook;
mod world;
mod wrapping;

pub use error::RenderError;
pub use templates::Templates;

use domain::{Report, ReportFormat};

/// The program that renders, as it names itself in the files. It changes when the same report gives other bytes.
pub const RENDERER: &str = "exhibit rendering 1 (Typst 0.15.1, rust_xlsxwriter 0.102)";

/// The bytes of `report` in `format`. The same report and templates give the same bytes, on every machine.
///
/// `templates` matter to the PDF alone. Nothing of a report is shortened: what a format cannot hold is an error that says
/// which format can.
pub fn render(report: &Report, format: ReportFormat, templates: &Templates) -> Result<Vec<u8>, RenderError> {
    match format {
        ReportFormat::Pdf => pdf::render(report, templates, pdf::RowHeights::Fixed),
        ReportFormat::Xlsx => workbook::render(report),
        ReportFormat::Csv => Ok(comma_separated::render(report)),
        ReportFormat::Json => Ok(domain::canonical::to_bytes(report)?),
    }
}
