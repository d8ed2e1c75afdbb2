//! What a spreadsheet finds in the workbook.

#![cfg(test)]

mod support;

use calamine::{Data, Reader, Xlsx};
use domain::{Report, ReportFormat, evidence::Cell};
use rendering::{RenderError, render};
use std::{io::Cursor, path::Path};

fn workbook(report: &Report) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(support::rendered(report, ReportFormat::Xlsx))).unwrap()
}

fn rows(workbook: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<Vec<Data>> {
    workbook.worksheet_range(sheet).unwrap().rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn every_sheet_is_there_and_every_row_names_its_evidence() {
    let report = support::report(500);
    let mut workbook = workbook(&report);
    let names =
        ["Summary", "Requirements", "Coverage gaps", "Findings", "Exceptions", "Examined rows", "Evidence", "Queries"];
    assert_eq!(workbook.sheet_names(), names);
    let examined = rows(&mut workbook, "Examined rows");
    let expected: Vec<_> = report.findings.iter().flat_map(|f| f.rows.iter().map(move |row| (f, row))).collect();
    assert_eq!(examined.len(), expected.len() + 1);
    for (cells, (finding, row)) in examined.iter().skip(1).zip(expected) {
        assert_eq!(cells[0], Data::String(finding.control.to_string()));
        assert_eq!(cells[1], Data::String(row.subject.clone()));
        let ids: Vec<&str> = row.evidence.iter().map(|id| id.as_str()).collect();
        assert_eq!(cells[7], Data::String(ids.join("\n")));
    }
    let exceptions = rows(&mut workbook, "Exceptions");
    assert_eq!(exceptions.len() as u64, report.summary.exceptions + 1);
    let evidence = rows(&mut workbook, "Evidence");
    assert_eq!(evidence.len(), report.evidence.len() + 1);
    for (cells, entry) in evidence.iter().skip(1).zip(&report.evidence) {
        assert_eq!(cells[0], Data::String(entry.evidence_id.to_string()));
        assert_eq!(cells[12], Data::String(entry.digest.to_string()));
    }
    assert_eq!(rows(&mut workbook, "Coverage gaps").len(), report.coverage.gaps.len() + 1);
    assert_eq!(rows(&mut workbook, "Queries").len(), report.queries.len() + 1);
}

#[test]
fn no_text_of_evidence_is_a_formula_or_a_link() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/csv-injection/csv-payload.txt"));
    let mut payloads =
        vec!["=1+1".to_owned(), "{=1}".to_owned(), "https://example.com".to_owned(), "@SUM(1)".to_owned()];
    match std::fs::read_to_string(path) {
        Ok(text) => payloads.extend(text.lines().map(ToOwned::to_owned)),
        Err(_) => println!("skipped: {} is absent", path.display()),
    }
    let report = support::report_with(&payloads);
    let mut workbook = workbook(&report);
    for sheet in workbook.sheet_names() {
        let formulas = workbook.worksheet_formula(&sheet).unwrap();
        assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()), "{sheet}");
    }
    let examined = rows(&mut workbook, "Examined rows");
    for (cells, payload) in examined.iter().skip(1).zip(&payloads) {
        assert_eq!(cells[1], Data::String(payload.clone()));
    }
}

#[test]
fn text_reads_back_exactly() {
    let texts =
        ["<&>\"'", " spaced ", "line\nline", "tab\there", "_x0041_", "名前 😀 עברית", "00123", "TRUE", "1e5", "#N/A"];
    let texts: Vec<String> = texts.into_iter().map(ToOwned::to_owned).collect();
    let mut workbook = workbook(&support::report_with(&texts));
    let examined = rows(&mut workbook, "Examined rows");
    for (cells, text) in examined.iter().skip(1).zip(&texts) {
        assert_eq!(cells[1], Data::String(text.clone()));
    }
}

#[test]
fn control_characters_do_not_break_the_workbook() {
    let texts: Vec<String> =
        (0..0x20).chain([0x7f, 0xfffe, 0xffff]).filter_map(char::from_u32).map(|c| format!("a{c}b")).collect();
    let mut workbook = workbook(&support::report_with(&texts));
    assert!(rows(&mut workbook, "Examined rows").len() > texts.len());
}

#[test]
fn further_values_stand_in_one_cell_by_name_and_nothing_of_them_is_rounded() {
    let mut report = support::report(60);
    let finding = &mut report.findings[0];
    finding.columns = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    finding.rows[0].values =
        vec![Cell::Integer(-42), Cell::Null, Cell::Integer(1_234_567_890_123_456), Cell::Text("=1+1".to_owned())];
    let mut workbook = workbook(&report);
    let examined = rows(&mut workbook, "Examined rows");
    assert_eq!(examined[0].len(), 8);
    assert_eq!(examined[1][6], Data::String("a=-42 · c=1234567890123456 · d==1+1".to_owned()));
}

#[test]
fn a_requirement_without_controls_is_told_from_one_without_a_conclusion() {
    let report = support::report(60);
    let mut workbook = workbook(&report);
    let requirements = rows(&mut workbook, "Requirements");
    let mut seen = std::collections::BTreeSet::new();
    for (cells, entry) in requirements.iter().skip(1).zip(&report.requirements) {
        let text = cells[2].to_string();
        assert_eq!(text == "no control", entry.controls.is_empty(), "{}", entry.requirement);
        assert!(!text.contains('_'), "{text}");
        seen.insert(text);
    }
    assert!(seen.contains("no control") && seen.contains("not evaluated"), "{seen:?}");
}

#[test]
fn the_files_of_the_source_are_named_with_their_digests_up_to_twenty() {
    let mut report = support::report(60);
    let file = report.evidence[0].raw[0].clone();
    report.evidence[0].raw = vec![file.clone(); 23];
    let mut workbook = workbook(&report);
    let Data::String(text) = &rows(&mut workbook, "Evidence")[1][13] else { panic!("no text") };
    assert_eq!(text.lines().count(), 21);
    assert!(text.starts_with(&format!("{} {}", file.digest, file.name)), "{text}");
    assert!(text.ends_with("and 3 more in the JSON"), "{text}");
}

#[test]
fn text_that_no_cell_holds_is_refused_and_never_cut() {
    let mut report = support::report(60);
    report.findings[0].rows[0].detail = "😀".repeat(16_383);
    assert!(render(&report, ReportFormat::Xlsx, &support::templates()).is_ok());
    report.findings[0].rows[0].detail = "😀".repeat(16_384);
    let refused = render(&report, ReportFormat::Xlsx, &support::templates());
    let Err(error @ RenderError::CellTooLong { length: 32_768, .. }) = refused else { panic!("not refused") };
    assert!(error.to_string().contains("column \"Detail\""), "{error}");
}
