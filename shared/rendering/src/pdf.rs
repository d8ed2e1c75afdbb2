//! The report as PDF/A-3b, laid out by the templates, with its canonical JSON attached.

use crate::{RenderError, Templates, view::View, world::ReportWorld};
use domain::{Report, Timestamp};
use jiff::tz::TimeZone;
use typst::{
    diag::{SourceDiagnostic, SourceResult},
    foundations::{Datetime, Smart},
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// Where the templates find the data: `json("view.json")`.
const VIEW: &str = "templates/view.json";
/// Where the templates find the canonical JSON of the report, to attach it.
const ATTACHED: &str = "templates/report.json";

/// Whether the heights of table rows are given to the layout, or found by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowHeights {
    /// Given: fast.
    Fixed,
    /// Found: only to check that both agree.
    #[cfg_attr(not(test), expect(dead_code, reason = "the check of the row heights is a test"))]
    Found,
}

/// The bytes of the PDF.
pub(crate) fn render(report: &Report, templates: &Templates, heights: RowHeights) -> Result<Vec<u8>, RenderError> {
    let world = world(report, templates, heights)?;
    let result = lay_out(&world).and_then(|document| export(&world, report, &document));
    // The layout keeps what it computed for the next compilation. The next report is another one.
    typst::comemo::evict(0);
    result
}

fn world(report: &Report, templates: &Templates, heights: RowHeights) -> Result<ReportWorld, RenderError> {
    let view = View::new(report, heights == RowHeights::Fixed);
    let view = serde_json::to_vec(&view).map_err(RenderError::View)?;
    let attached = domain::canonical::to_bytes(report)?;
    ReportWorld::new(templates, vec![(VIEW, view), (ATTACHED, attached)])
}

fn lay_out(world: &ReportWorld) -> Result<PagedDocument, RenderError> {
    let compiled = typst::compile::<PagedDocument>(world);
    check(compiled.output, |errors| RenderError::Template(world.describe(errors)))
}

fn export(world: &ReportWorld, report: &Report, document: &PagedDocument) -> Result<Vec<u8>, RenderError> {
    let standards = PdfStandards::new(&[PdfStandard::A_3b]);
    let options = PdfOptions {
        ident: Smart::Custom(report.report_id.to_string()),
        creator: Smart::Custom(Some(crate::RENDERER.to_owned())),
        timestamp: date(report.inputs.period.end()).map(typst_pdf::Timestamp::new_utc),
        standards: standards.map_err(|error| RenderError::Export(error.message().to_string()))?,
        tagged: false,
        ..PdfOptions::default()
    };
    check(typst_pdf::pdf(document, &options), |errors| RenderError::Export(world.describe(errors)))
}

fn check<T>(result: SourceResult<T>, error: impl Fn(&[SourceDiagnostic]) -> RenderError) -> Result<T, RenderError> {
    result.map_err(|errors| error(&errors))
}

fn date(instant: Timestamp) -> Option<Datetime> {
    let civil = TimeZone::UTC.to_datetime(instant);
    let unsigned = |part: i8| u8::try_from(part).ok();
    Datetime::from_ymd_hms(
        civil.year().into(),
        unsigned(civil.month())?,
        unsigned(civil.day())?,
        unsigned(civil.hour())?,
        unsigned(civil.minute())?,
        unsigned(civil.second())?,
    )
}
