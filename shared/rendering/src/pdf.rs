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
const ATTACHED: &str = "report.json";

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeMap, fs, path::Path};

    fn templates() -> Templates {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/templates");
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("templates/{}", entry.file_name().to_str().unwrap());
            files.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
        Templates::new(files).unwrap()
    }

    fn pages(report: &Report, heights: RowHeights) -> usize {
        let world = world(report, &templates(), heights).unwrap();
        lay_out(&world).unwrap().pages().len()
    }

    #[test]
    fn rows_are_as_high_as_the_layout_finds_them() {
        let mut report = crate::sample::report(2000).unwrap();
        for (index, row) in report.findings.iter_mut().flat_map(|finding| &mut finding.rows).enumerate() {
            // Words that no line holds, at every length around the widths of the columns.
            row.subject = format!("{} {}", row.subject, "W".repeat(index % 60));
            row.detail = format!("{}arn:aws:iam::{}/x", row.detail, "im".repeat(index % 90));
        }
        assert_eq!(pages(&report, RowHeights::Fixed), pages(&report, RowHeights::Found));
    }

    #[test]
    fn a_template_that_fails_on_the_report_is_named_with_its_line() {
        let mut files = templates().files().clone();
        files.insert(
            "templates/report.typ".to_owned(),
            "#let x = 1\n#import \"theme.typ\": *\n#view.nothing".to_owned(),
        );
        let report = crate::sample::report(10).unwrap();
        let refused = render(&report, &Templates::new(files).unwrap(), RowHeights::Fixed);
        let Err(RenderError::Template(message)) = refused else { panic!("{refused:?}") };
        assert!(message.starts_with("templates/report.typ, line 3: "), "{message}");
    }

    #[test]
    fn a_template_cannot_read_what_is_not_in_its_world() {
        for reach in ["#read(\"/etc/passwd\")", "#import \"@preview/cetz:0.4.0\"", "#datetime.today()"] {
            let files = BTreeMap::from([("templates/report.typ".to_owned(), reach.to_owned())]);
            let report = crate::sample::report(10).unwrap();
            let refused = render(&report, &Templates::new(files).unwrap(), RowHeights::Fixed);
            assert!(matches!(refused, Err(RenderError::Template(_))), "{reach}");
        }
    }
}
