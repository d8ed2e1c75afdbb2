//! One sheet: a frozen header row with filters, then rows of typed cells.

use super::formats::Formats;
use crate::RenderError;
use domain::{Outcome, RequirementEntry, Severity};
use rust_xlsxwriter::{Format, Workbook, Worksheet};

/// UTF-16 code units that a cell holds (Excel specifications and limits).
const CELL_UNITS: usize = 32_767;
/// Rows that a sheet holds.
const SHEET_ROWS: usize = 1_048_576;
/// Columns that a sheet holds.
const SHEET_COLUMNS: usize = 16_384;

/// Points of a line, and of the highest row (Excel specifications and limits: 409).
const LINE_HEIGHT: f64 = 14.0;
const HIGHEST_ROW: f64 = 409.0;
/// How much wider a character of the mono typeface is than the digit that column widths are counted in.
const MONO: f64 = 1.15;

pub(super) struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    formats: &'a Formats,
    name: &'static str,
    titles: Vec<String>,
    /// In characters.
    widths: Vec<u16>,
    row: u32,
    column: u16,
    /// Lines that the row needs so far.
    lines: u32,
}

impl<'a> Sheet<'a> {
    /// A sheet with a header row. `columns`: title, and width in characters. `rows` follow; the first `frozen` columns stay.
    pub(super) fn new(
        workbook: &'a mut Workbook,
        formats: &'a Formats,
        name: &'static str,
        columns: &[(&str, u16)],
        frozen: u16,
        rows: usize,
    ) -> Result<Self, RenderError> {
        check_size(name, rows + 1, columns.len())?;
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, frozen)?;
        for ((_, width), index) in columns.iter().zip(0_u16..) {
            sheet.set_column_width(index, f64::from(*width))?;
        }
        let last_column = u16::try_from(columns.len()).unwrap_or(1).saturating_sub(1);
        sheet.autofilter(0, 0, u32::try_from(rows).unwrap_or(u32::MAX), last_column)?;
        sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
        let titles: Vec<String> = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
        let widths = columns.iter().map(|(_, width)| *width).collect();
        let mut sheet = Self { sheet, formats, name, titles, widths, row: 0, column: 0, lines: 1 };
        sheet.header()?;
        Ok(sheet)
    }

    pub(super) fn text(&mut self, text: &str) -> Result<&mut Self, RenderError> {
        self.string(text, &self.formats.text)
    }

    pub(super) fn code(&mut self, text: &str) -> Result<&mut Self, RenderError> {
        self.string(text, &self.formats.code)
    }

    pub(super) fn wrapped_code(&mut self, text: &str) -> Result<&mut Self, RenderError> {
        self.count_lines(text, MONO);
        self.string(text, &self.formats.wrapped_code)
    }

    pub(super) fn wrapped(&mut self, text: &str) -> Result<&mut Self, RenderError> {
        self.count_lines(text, 1.0);
        self.string(text, &self.formats.wrapped)
    }

    pub(super) fn outcome(&mut self, outcome: Outcome) -> Result<&mut Self, RenderError> {
        let name = crate::view::outcome(outcome).replace('_', " ");
        self.string(&name, self.formats.outcome(outcome))
    }

    /// The outcome of its controls, or that it has none.
    pub(super) fn requirement(&mut self, entry: &RequirementEntry) -> Result<&mut Self, RenderError> {
        let name = crate::view::requirement_outcome(entry).replace('_', " ");
        self.string(&name, self.formats.outcome(entry.outcome))
    }

    pub(super) fn severity(&mut self, severity: Severity) -> Result<&mut Self, RenderError> {
        self.string(crate::view::severity(severity), self.formats.severity(severity))
    }

    /// A count: below 2^53 by the rules of a report.
    pub(super) fn count(&mut self, count: u64) -> Result<&mut Self, RenderError> {
        self.number(count as f64)
    }

    /// A count that there may be; else the cell stays empty.
    pub(super) fn optional_count(&mut self, count: Option<u64>) -> Result<&mut Self, RenderError> {
        if let Some(count) = count {
            return self.count(count);
        }
        self.column += 1;
        Ok(self)
    }

    /// Ends a row, as high as its wrapped cells need: programs that open the workbook do not all find that out themselves.
    pub(super) fn end_row(&mut self) -> Result<(), RenderError> {
        if self.lines > 1 {
            self.sheet.set_row_height(self.row, (f64::from(self.lines) * LINE_HEIGHT).min(HIGHEST_ROW))?;
        }
        (self.row, self.column, self.lines) = (self.row + 1, 0, 1);
        Ok(())
    }

    // Words that do not fit go to the next line, so a line is not filled to its end.
    fn count_lines(&mut self, text: &str, characters_wide: f64) {
        let width = f64::from(self.widths.get(usize::from(self.column)).copied().unwrap_or(10)) * 0.9 / characters_wide;
        let lines = text.lines().map(|line| (line.chars().count() as f64 / width).ceil().max(1.0));
        self.lines = self.lines.max(lines.sum::<f64>() as u32);
    }

    fn header(&mut self) -> Result<(), RenderError> {
        for title in self.titles.clone() {
            self.string(&title, &self.formats.header)?;
        }
        self.end_row()
    }

    fn number(&mut self, number: f64) -> Result<&mut Self, RenderError> {
        self.sheet.write_number_with_format(self.row, self.column, number, &self.formats.number)?;
        self.column += 1;
        Ok(self)
    }

    fn string(&mut self, text: &str, format: &Format) -> Result<&mut Self, RenderError> {
        self.check_length(text)?;
        self.sheet.write_string_with_format(self.row, self.column, storable(text), format)?;
        self.column += 1;
        Ok(self)
    }

    fn check_length(&self, text: &str) -> Result<(), RenderError> {
        // Each UTF-16 unit takes at least one byte of UTF-8.
        if text.len() <= CELL_UNITS {
            return Ok(());
        }
        let length = text.encode_utf16().count();
        if length <= CELL_UNITS {
            return Ok(());
        }
        let column = self.titles.get(usize::from(self.column)).cloned().unwrap_or_default();
        Err(RenderError::CellTooLong { sheet: self.name, row: self.row + 1, column, length })
    }
}

/// The two characters that XML 1.0 forbids and the writer of the workbook lets through, by their code point.
fn storable(text: &str) -> String {
    text.replace('\u{fffe}', "⟨U+FFFE⟩").replace('\u{ffff}', "⟨U+FFFF⟩")
}

fn check_size(sheet: &'static str, rows: usize, columns: usize) -> Result<(), RenderError> {
    if rows > SHEET_ROWS {
        return Err(RenderError::TooManyRows { sheet, rows });
    }
    if columns > SHEET_COLUMNS {
        return Err(RenderError::TooManyColumns { sheet, columns });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_that_is_too_large_is_refused_before_it_is_written() {
        assert!(check_size("Examined rows", SHEET_ROWS, SHEET_COLUMNS).is_ok());
        assert!(matches!(check_size("Evidence", SHEET_ROWS + 1, 1), Err(RenderError::TooManyRows { .. })));
        assert!(matches!(check_size("Evidence", 1, SHEET_COLUMNS + 1), Err(RenderError::TooManyColumns { .. })));
    }
}
