//! What scanners write, told apart by its content, as one row per finding with the columns of [`catalog::SCANNER_COLUMNS`].
//!
//! A report is read without building it: rows are slices of the text, and only the members that a column needs are decoded.
//! What the values become is told in the tables of this crate's README.

mod asff;
mod checkov;
mod cyclonedx;
mod finding;
mod hdf;
mod kind;
mod lines;
mod nessus;
mod ocsf;
mod prowler;
mod report;
mod sarif;
mod scalar;
mod severity;
mod status;
mod table;
mod trivy;
mod xml;

use crate::{CollectError, answer::json::elements, answer::plan::OnRow};
use catalog::SourceQuery;
use kind::{Kind, Shape};
use report::Report;
use table::Table;

/// Gives each finding of the report `text` to `on_row` as the declared cells.
pub(crate) fn read(file: &str, text: &str, query: &SourceQuery, on_row: OnRow<'_>) -> Result<(), CollectError> {
    let report = Report { file, text };
    let mut table = Table::new(&report, query, on_row)?;
    match kind::shape(&report)? {
        Shape::Xml => nessus::read(&report, &mut table),
        Shape::Csv => prowler::read(&report, &mut table),
        Shape::Document(json) => read_one(&report, kind::of_document(&report, json)?, json, &mut table),
        Shape::Array(json) => read_each(&report, elements(json), &mut table),
        Shape::Lines => read_each(&report, lines::checked(&report)?, &mut table),
    }
}

/// Elements of an array, or lines, all of one kind.
fn read_each<'a>(
    report: &Report<'a>,
    elements: impl Iterator<Item = &'a str>,
    table: &mut Table<'_>,
) -> Result<(), CollectError> {
    let mut first = None;
    for json in elements {
        let kind = kind::of_element(report, json)?;
        if *first.get_or_insert(kind) != kind {
            return Err(
                report.refuse(json, "this is of another kind than what stands before it; give one file for each")
            );
        }
        read_one(report, kind, json, table)?;
    }
    Ok(())
}

fn read_one<'a>(report: &Report<'a>, kind: Kind, json: &'a str, table: &mut Table<'_>) -> Result<(), CollectError> {
    match kind {
        Kind::Asff => asff::read_finding(report, json, table),
        Kind::AsffBatch => asff::read_batch(report, json, table),
        Kind::Checkov => checkov::read(report, json, table),
        Kind::CycloneDx => cyclonedx::read(report, json, table),
        Kind::Hdf => hdf::read(report, json, table),
        Kind::Ocsf => ocsf::read(report, json, table),
        Kind::Sarif => sarif::read(report, json, table),
        Kind::Trivy => trivy::read(report, json, table),
    }
}
