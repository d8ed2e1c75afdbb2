//! What can go wrong between a report and its files.

use domain::canonical::CanonicalError;
use rust_xlsxwriter::XlsxError;

/// Why a report could not be rendered. None of these goes away by trying again.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The catalog has no main template.
    #[error("the catalog has no templates/report.typ: restore the shipped one")]
    TemplateMissing,
    /// A template under a path that is none.
    #[error("{0:?} is not the path of a template: it has to be templates/<name>.typ")]
    TemplatePath(String),
    /// A template that is not Typst.
    #[error("{path}, line {line}: {message}")]
    TemplateSyntax {
        /// The template.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// A template that fails on this report.
    #[error("the templates do not render this report: {0}")]
    Template(String),
    /// A laid-out report that cannot be written as PDF/A-3b.
    #[error("the laid-out report cannot be written as PDF/A-3b: {0}")]
    Export(String),
    /// A report without canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The data for the templates has no JSON form.
    #[error("the report cannot be handed to the templates: {0}")]
    View(#[source] serde_json::Error),
    /// A font that is built into this program does not read.
    #[error("the built-in font {0} cannot be read: this program is damaged")]
    Font(&'static str),
    /// Text that a cell of a workbook cannot hold.
    #[error(
        "sheet {sheet:?}, row {row}, column {column:?}: the text has {length} UTF-16 units and a cell of a workbook \
         holds 32,767; take the CSV or JSON of this report"
    )]
    CellTooLong {
        /// The sheet.
        sheet: &'static str,
        /// The row as the workbook counts it, from 1.
        row: u32,
        /// The title of the column.
        column: String,
        /// UTF-16 code units of the text.
        length: usize,
    },
    /// More rows than a sheet has.
    #[error(
        "sheet {sheet:?} would have {rows} rows and a workbook holds 1,048,576; take the CSV or JSON of this report"
    )]
    TooManyRows {
        /// The sheet.
        sheet: &'static str,
        /// Rows, with the header.
        rows: usize,
    },
    /// More columns than a sheet has.
    #[error("sheet {sheet:?} would have {columns} columns and a workbook holds 16,384; take the JSON of this report")]
    TooManyColumns {
        /// The sheet.
        sheet: &'static str,
        /// Columns.
        columns: usize,
    },
    /// The workbook could not be written, most often because the temporary folder is full.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] XlsxError),
}
