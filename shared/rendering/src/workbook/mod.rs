//! The report as a workbook (Office Open XML, ECMA-376).
//!
//! Evidence is written with `write_string` alone, so that no text of it becomes a formula or a link. Characters that XML
//! cannot carry are written by Excel's own `_xHHHH_` escape (ECMA-376-1, 22.9.2.19), which spreadsheets read back.

mod formats;
mod overview;
mod sheet;
mod sheets;

use crate::{RENDERER, RenderError};
use domain::{Report, Timestamp};
use formats::Formats;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

/// The bytes of the workbook. Long sheets are spooled to the temporary folder while they are written.
pub(crate) fn render(report: &Report) -> Result<Vec<u8>, RenderError> {
    let mut workbook = Workbook::new();
    // A WASI host has no temporary folder that could be asked for: it gives one under this name.
    #[cfg(target_os = "wasi")]
    workbook.set_tempdir("/tmp")?;
    workbook.set_properties(&properties(report)?);
    let formats = Formats::new();
    overview::summary(&mut workbook, report, &formats)?;
    sheets::requirements(&mut workbook, report, &formats)?;
    sheets::coverage(&mut workbook, report, &formats)?;
    sheets::findings(&mut workbook, report, &formats)?;
    sheets::exceptions(&mut workbook, report, &formats)?;
    sheets::examined(&mut workbook, report, &formats)?;
    sheets::evidence(&mut workbook, report, &formats)?;
    sheets::queries(&mut workbook, report, &formats)?;
    Ok(workbook.save_to_buffer()?)
}

/// Without a creation date of its own the workbook would carry the clock's.
fn properties(report: &Report) -> Result<DocProperties, XlsxError> {
    let title = format!("{} {} {}", report.framework_title, report.inputs.tenant, report.inputs.period);
    Ok(DocProperties::new()
        .set_title(title)
        .set_subject(format!("Report {}", report.report_id))
        .set_author("Exhibit")
        .set_comment(RENDERER)
        .set_creation_datetime(&instant(report.inputs.period.end())?))
}

fn instant(instant: Timestamp) -> Result<ExcelDateTime, XlsxError> {
    let civil = TimeZone::UTC.to_datetime(instant);
    let unsigned = |part: i8| u8::try_from(part).unwrap_or_default();
    let year = u16::try_from(civil.year()).unwrap_or_default();
    ExcelDateTime::from_ymd(year, unsigned(civil.month()), unsigned(civil.day()))?.and_hms(
        unsigned(civil.hour()).into(),
        unsigned(civil.minute()),
        unsigned(civil.second()),
    )
}
