//! CSV as evidence: the public corner cases, what is refused, and that nothing is lost on the way.
#![cfg(test)]

mod support;

use catalog::FileFormat::Csv;
use domain::evidence::Cell;
use proptest::prelude::*;
use serde_json::Value;
use support::{files, query, raw, refusal, rows, texts};

#[test]
fn csv_spectrum_is_parsed_as_its_answers_say() {
    for (mut file, answer) in files("csv-spectrum/csvs", ".csv").into_iter().zip(files("csv-spectrum/json", ".json")) {
        // The copies of the *_crlf files have lost their carriage returns; the answers have them.
        if file.name.ends_with("_crlf.csv") && !file.bytes.contains(&b'\r') {
            file.bytes = String::from_utf8(file.bytes).unwrap().replace('\n', "\r\n").into();
        }
        let answer: Value = serde_json::from_slice(&answer.bytes).unwrap();
        // The answer to location_coordinates is one object, with another phone number than the file has.
        let is_location = file.name == "location_coordinates.csv";
        let expected = if is_location { Value::from(vec![answer]) } else { answer };
        let first = expected[0].as_object().unwrap();
        let columns: Vec<String> =
            first.keys().filter(|name| !name.contains("Phone")).map(|name| format!("{name}:text")).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let found = texts(&rows(&query(Csv, None, &columns), std::slice::from_ref(&file)).unwrap());
        let value = |row: &Value, column: &str| row[column.trim_end_matches(":text")].as_str().unwrap().to_owned();
        let answers: Vec<Vec<String>> = expected
            .as_array()
            .unwrap()
            .iter()
            .map(|row| columns.iter().map(|column| value(row, column)).collect())
            .collect();
        assert_eq!(found, answers, "{}", file.name);
    }
}

#[test]
fn columns_are_found_by_their_headers_and_typed() {
    let query = query(Csv, None, &["user:text", "mfa:boolean=mfa_active", "since:time", "n?:integer", "gone?:text"]);
    let csv = "\u{feff}since,n,user,mfa_active,other\r\n2026-07-01,7,ana,TRUE,x\r\nN/A,,\"b\"\"o\r\nb\",false,\r\n\r\n";
    let found = rows(&query, &[raw("a.csv", csv)]).unwrap();
    let text = |text: &str| Cell::Text(text.into());
    let first = vec![text("ana"), Cell::Boolean(true), text("2026-07-01T00:00:00Z"), Cell::Integer(7), Cell::Null];
    let second = vec![text("b\"o\r\nb"), Cell::Boolean(false), Cell::Null, Cell::Null, Cell::Null];
    assert_eq!(found, [first, second]);
}

#[test]
fn files_are_taken_in_the_order_of_their_names() {
    let query = query(Csv, None, &["a:text"]);
    let found = rows(&query, &[raw("b.csv", "a\n2\n"), raw("a.csv", "x,a\n0,1\n"), raw("c.csv", "a\n")]).unwrap();
    assert_eq!(texts(&found), [["1"], ["2"]]);
    let twice = refusal(&query, &[raw("a.csv", "a\n1\n"), raw("a.csv", "a\n1\n")]);
    assert_eq!(twice, "the file \"a.csv\" is given twice");
}

#[test]
fn what_readers_of_csv_disagree_about_is_refused_with_the_line() {
    let query = query(Csv, None, &["a:text", "b:text"]);
    for (csv, expected) in [
        ("a,b\n1,2\n1,2,3\n", "line 3: this record has 3 fields and the header line has 2"),
        ("a,b\n\"x\ny\",2\n1\n", "line 4: this record has 1 fields"),
        ("a,b\n1,\"open\n", "line 2: the quote that opens here is never closed"),
        ("a,b\n\"1\"2,3\n", "line 2: text behind a closing quote"),
        ("a,b\n1\r2,3\n", "line 2: a carriage return that ends no line"),
        ("a,b,a\n1,2,3\n", "line 1: a header occurs twice: \"a\", \"b\", \"a\""),
        ("", "line 1: the file is empty"),
        (
            "x,y\n1,2\n",
            "has no header \"a\", which the query needs for its column \"a\". Its headers are: \"x\", \"y\".",
        ),
    ] {
        let refusal = refusal(&query, &[raw("a.csv", csv)]);
        assert!(refusal.contains(expected) && refusal.contains("a.csv"), "{csv:?}: {refusal}");
    }
    let latin = refusal(&query, &[raw("a.csv", b"a,b\n1,2\ncaf\xe9,3\n".to_vec())]);
    assert!(latin.contains("line 3: this is not UTF-8"), "{latin}");
}

#[test]
fn a_cell_that_does_not_fit_is_refused_with_line_and_column() {
    let query = query(Csv, None, &["a:text", "b:integer"]);
    let refusal = refusal(&query, &[raw("x/a.csv", "a,b\n1,2\n\"\n\",two\n")]);
    assert!(refusal.starts_with("\"x/a.csv\", line 3, column \"b\": this is not an integer"), "{refusal}");
}

#[test]
fn another_separator_is_taken_when_only_so_the_headers_are_there() {
    let query = query(Csv, None, &["a:text", "b:text"]);
    assert_eq!(texts(&rows(&query, &[raw("a.csv", "a;b\n1,5;2\n")]).unwrap()), [["1,5", "2"]]);
    assert_eq!(texts(&rows(&query, &[raw("a.csv", "a\tb\n1;5\t2\n")]).unwrap()), [["1;5", "2"]]);
    assert_eq!(texts(&rows(&query, &[raw("a.csv", "a,b,c;d\n1,2,3\n")]).unwrap()), [["1", "2"]]);
}

#[test]
fn the_sample_output_of_prowler_is_read_whole() {
    for file in files("prowler", ".csv") {
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(file.bytes.as_slice());
        let expected: Vec<Vec<String>> = reader
            .records()
            .map(|record| [6, 13, 33].map(|at| record.as_ref().unwrap()[at].to_owned()).to_vec())
            .collect();
        let names: Vec<String> = [6, 13, 33].map(|at| format!("{}:text", &reader.headers().unwrap()[at])).to_vec();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(!expected.is_empty());
        assert_eq!(texts(&rows(&query(Csv, None, &names), &[file]).unwrap()), expected);
    }
}

#[test]
fn credential_reports_out_of_recorded_aws_answers_are_read() {
    let mut read = 0;
    for file in files("aws-api", ".json").iter().filter(|file| file.name.contains("GetCredentialReport")) {
        let answer: Value = serde_json::from_slice(&file.bytes).unwrap();
        let Some(report) = answer["data"]["Content"].as_str() else { continue };
        let mut query = query(Csv, None, &["user:text", "mfa:boolean=mfa_active", "used:time=password_last_used"]);
        query.null = ["N/A", "not_supported", "no_information", ""].map(str::to_owned).to_vec();
        let expected: Vec<String> =
            csv::Reader::from_reader(report.as_bytes()).records().map(|record| record.unwrap()[0].into()).collect();
        let found = texts(&rows(&query, &[raw("report.csv", report)]).unwrap());
        assert_eq!(found.iter().map(|row| row[0].clone()).collect::<Vec<_>>(), expected, "{}", file.name);
        read += 1;
    }
    println!("{read} credential reports");
    assert!(read > 0 || support::public("aws-api").is_none());
}

/// Text with everything in it that CSV has to quote.
fn field() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,3}", "[\",;\t\r\n\\-é ]{0,6}", any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_csv_crate_writes_reads_back_equal(
        width in 1_usize..5, fields in prop::collection::vec(field(), 0..40), crlf in any::<bool>()
    ) {
        let names: Vec<String> = (0..width).map(|at| format!("c{at}")).collect();
        let records: Vec<Vec<String>> = fields.chunks_exact(width).map(<[String]>::to_vec).collect();
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        writer.write_record(&names).unwrap();
        records.iter().for_each(|record| writer.write_record(record).unwrap());
        let columns: Vec<String> = names.iter().map(|name| format!("{name}:text")).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut query = query(Csv, None, &columns);
        query.null.clear();
        let found = rows(&query, &[raw("a.csv", writer.into_inner().unwrap())]).unwrap();
        prop_assert_eq!(texts(&found), records);
    }

    #[test]
    fn no_bytes_make_the_reader_fail_otherwise_than_by_refusing(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let with_header = [b"a,b\n".as_slice(), &bytes].concat();
        for columns in [["a:text", "b:text"], ["a:json", "b:time"]] {
            if let Err(error) = rows(&query(Csv, None, &columns), &[raw("a.csv", with_header.clone())]) {
                prop_assert_eq!(error.failure(), domain::Failure::InvalidInput);
            }
        }
    }
}
