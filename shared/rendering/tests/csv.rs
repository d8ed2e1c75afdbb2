//! What a program, and a spreadsheet, finds in the CSV.

#![cfg(test)]

mod support;

use domain::{ReportFormat, evidence::Cell};
use std::path::Path;

fn records(report: &domain::Report) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let bytes = support::rendered(report, ReportFormat::Csv);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().unwrap().clone();
    (header, reader.records().map(Result::unwrap).collect())
}

#[test]
fn every_examined_row_is_one_record_with_its_evidence_and_digests() {
    let report = support::report(500);
    let (header, records) = records(&report);
    let rows: Vec<_> = report.findings.iter().flat_map(|f| f.rows.iter().map(move |row| (f, row))).collect();
    assert_eq!(records.len(), rows.len());
    for (record, (finding, row)) in records.iter().zip(rows) {
        assert_eq!(&record[0], report.report_id.to_string());
        assert_eq!([&record[1], &record[2]], ["soc2", "2026-Q3"]);
        assert_eq!(&record[3], finding.control.as_str());
        assert_eq!(&record[7], row.subject);
        assert_eq!(&record[8], row.detail);
        let ids: Vec<&str> = record[9].split(' ').collect();
        assert_eq!(ids, row.evidence.iter().map(|id| id.as_str()).collect::<Vec<_>>());
        for (id, digest) in ids.iter().zip(record[10].split(' ')) {
            let entry = report.evidence.iter().find(|entry| entry.evidence_id.as_str() == *id).unwrap();
            assert_eq!(digest, entry.digest.to_string());
        }
        for (name, value) in finding.columns.iter().zip(&row.values) {
            let column = header.iter().position(|title| title == format!("value.{name}")).unwrap();
            let expected = match value {
                Cell::Boolean(value) => value.to_string(),
                other => other.to_string(),
            };
            assert_eq!(record[column], expected, "{name}");
        }
    }
}

#[test]
fn fields_with_quotes_commas_and_lines_read_back_as_they_were() {
    let texts = ["a,b", "say \"so\"", "line\nline", "line\r\nline", "\"", "", " spaced ", "ʤ ☃"];
    let texts: Vec<String> = texts.into_iter().map(ToOwned::to_owned).collect();
    let (_, records) = records(&support::report_with(&texts));
    for (record, text) in records.iter().zip(&texts) {
        assert_eq!(&record[7], text);
    }
}

#[test]
fn a_negative_number_stays_a_number_and_negative_text_does_not() {
    let mut report = support::report(60);
    report.findings[0].rows[0].values = vec![Cell::Integer(-5), Cell::Text("-5".to_owned()), Cell::Real(-0.5)];
    let (_, records) = records(&report);
    assert_eq!([&records[0][11], &records[0][12], &records[0][13]], ["-5", "'-5", "-0.5"]);
}

#[test]
fn no_payload_begins_a_cell_at_any_separator() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/csv-injection/csv-payload.txt"));
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: {} is absent", path.display());
        return;
    };
    let mut payloads: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    payloads.extend(text.lines().map(|line| format!("ok;{line}")));
    payloads.extend(text.lines().map(|line| format!("ok\n\"{line}\"\t{line}")));
    let bytes = support::rendered(&support::report_with(&payloads), ReportFormat::Csv);
    for separator in [',', ';', '\t', '|'] {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator as u8)
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes.as_slice());
        for field in
            reader.records().map(Result::unwrap).flat_map(|r| r.iter().map(ToOwned::to_owned).collect::<Vec<_>>())
        {
            let begins = field.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
            assert!(!begins.starts_with(['=', '+', '@', '-']), "{field:?} at {separator:?}");
        }
    }
}
