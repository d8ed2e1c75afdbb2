//! CSV files with a header line.

mod records;

use crate::{CollectError, Place, answer::cells, answer::plan::OnRow};
use catalog::SourceQuery;
use domain::evidence::Cell;
pub(crate) use records::{Ambiguous, Records};
use std::{borrow::Cow, collections::BTreeSet};

/// RFC 4180 says comma. Spreadsheets and scanners of half the world write the others: each is tried when the headers that
/// the query needs are not there with the one before.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Gives each record of `text` to `on_row` as the declared cells.
pub(crate) fn read(file: &str, text: &str, query: &SourceQuery, on_row: OnRow<'_>) -> Result<(), CollectError> {
    let table = Table { file, text, query };
    let (mut records, width, positions) = table.open()?;
    let mut cells = vec![Cell::Null; positions.len()];
    let mut fields = Vec::with_capacity(width);
    while let Some(line) = records.next(&mut fields).map_err(|wrong| table.ambiguous(wrong))? {
        if fields.len() != width {
            let reason = format!("this record has {} fields and the header line has {width}", fields.len());
            return Err(table.malformed(line, reason));
        }
        table.fill(line, &positions, &fields, &mut cells)?;
        on_row(&cells)?;
    }
    Ok(())
}

struct Table<'a> {
    file: &'a str,
    text: &'a str,
    query: &'a SourceQuery,
}

type Opened<'a> = (Records<'a>, usize, Vec<Option<usize>>);

impl<'a> Table<'a> {
    fn open(&self) -> Result<Opened<'a>, CollectError> {
        let mut first_error = None;
        for separator in SEPARATORS {
            match self.open_with(separator) {
                Ok(opened) => return Ok(opened),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or_else(|| self.malformed(1, "the header line cannot be read".to_owned())))
    }

    fn open_with(&self, separator: u8) -> Result<Opened<'a>, CollectError> {
        let mut records = Records::new(self.text, separator);
        let mut headers = Vec::new();
        let line = records.next(&mut headers).map_err(|wrong| self.ambiguous(wrong))?;
        let line = line.ok_or_else(|| self.malformed(1, "the file is empty: it needs a header line".to_owned()))?;
        let distinct: BTreeSet<_> = headers.iter().collect();
        if distinct.len() < headers.len() {
            return Err(self.malformed(line, format!("a header occurs twice: {}", listed(&headers))));
        }
        let positions = self.positions(&headers)?;
        Ok((records, headers.len(), positions))
    }

    /// Where each declared column stands in a record.
    fn positions(&self, headers: &[Cow<'a, str>]) -> Result<Vec<Option<usize>>, CollectError> {
        let position = |from: &str| headers.iter().position(|header| header == from);
        let found = self.query.columns.iter().map(|declared| match position(&declared.from) {
            None if declared.required => Err(CollectError::MissingColumn {
                file: self.file.to_owned(),
                column: declared.column.name.clone(),
                from: declared.from.clone(),
                present: listed(headers),
            }),
            found => Ok(found),
        });
        found.collect()
    }

    fn fill(
        &self,
        line: u64,
        at: &[Option<usize>],
        fields: &[Cow<'_, str>],
        row: &mut [Cell],
    ) -> Result<(), CollectError> {
        for ((declared, position), cell) in self.query.columns.iter().zip(at).zip(row) {
            let Some(field) = position.and_then(|position| fields.get(position)) else { continue };
            cells::from_text(declared.column.kind, &self.query.null, field, cell).map_err(|reason| {
                let column = declared.column.name.clone();
                CollectError::Cell {
                    file: self.file.to_owned(),
                    place: Place::Line(line),
                    column,
                    reason: reason.into_owned(),
                }
            })?;
        }
        Ok(())
    }

    fn ambiguous(&self, wrong: Ambiguous) -> CollectError {
        self.malformed(wrong.line, wrong.reason.to_owned())
    }

    fn malformed(&self, line: u64, reason: String) -> CollectError {
        CollectError::Malformed { file: self.file.to_owned(), place: Place::Line(line), reason }
    }
}

fn listed(headers: &[Cow<'_, str>]) -> String {
    let shown: Vec<String> = headers.iter().take(60).map(|header| format!("{header:.60?}")).collect();
    let more = if headers.len() > shown.len() { ", ..." } else { "" };
    shown.join(", ") + more
}
