//! The reports of scanners as findings.
#![cfg(test)]

mod formats;
mod public;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
mod xml;

use catalog::{FileFormat, SCANNER_COLUMNS};
use serde_json::{Value, json};
use support::{query, raw, refusal, rows, texts};

/// All columns, as the catalog's queries declare them.
fn all() -> catalog::SourceQuery {
    let kinds =
        SCANNER_COLUMNS.map(|(name, kind)| format!("{name}:{}", serde_json::to_value(kind).unwrap().as_str().unwrap()));
    query(FileFormat::Findings, None, &kinds.each_ref().map(String::as_str))
}

fn only(columns: &[&str]) -> catalog::SourceQuery {
    query(FileFormat::Findings, None, columns)
}

/// Findings of one report with some of the columns.
fn found(columns: &[&str], report: &str) -> Vec<Vec<String>> {
    texts(&rows(&only(columns), &[raw("report", report)]).unwrap())
}

fn outcomes(report: &Value) -> Vec<Vec<String>> {
    found(&["rule:text", "severity:text", "status:text"], &report.to_string())
}

fn refused(report: &str) -> String {
    refusal(&all(), &[raw("dir/report.any", report)])
}

fn ocsf(more: Value) -> Value {
    let mut event = json!({"class_uid": 2003, "metadata": {"event_code": "check", "product": {"name": "Prowler"}},
        "finding_info": {"title": "t", "uid": "u"}, "severity_id": 4, "resources": [{"uid": "r"}]});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

#[test]
fn a_query_may_take_some_of_the_columns_in_any_order() {
    let report =
        json!({"check_type": "x", "results": {"failed_checks": [{"check_id": "C1", "resource": "r"}]}}).to_string();
    assert_eq!(found(&["status:text", "where?:text=location", "rule:text"], &report), [["open", "", "C1"]]);
    let unknown = refusal(&only(&["owner:text"]), &[raw("a.json", report)]);
    assert!(unknown.contains("a finding has no \"owner\"; it has tool, target, rule"), "{unknown}");
}

#[test]
fn a_scan_without_findings_is_an_answer_of_no_rows() {
    let tool = json!({"driver": {"name": "t"}});
    for report in [
        json!([]),
        json!({"Findings": []}),
        json!({"version": "2.1.0", "runs": []}),
        json!({"version": "2.1.0", "runs": [{"tool": tool, "results": []}]}),
        json!({"SchemaVersion": 2, "ArtifactName": "a", "ArtifactType": "container_image"}),
        json!({"SchemaVersion": 2, "ArtifactName": "a", "Results": [{"Target": "a"}]}),
        json!({"check_type": "terraform", "results": {"passed_checks": [], "failed_checks": [], "skipped_checks": []}}),
        json!({"platform": {"name": "ubuntu"}, "profiles": [], "version": "5"}),
        json!({"bomFormat": "CycloneDX", "vulnerabilities": []}),
    ] {
        assert!(outcomes(&report).is_empty(), "{report}");
    }
}

#[test]
fn reports_are_read_out_of_archives() {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(xml::NESSUS.as_bytes()).unwrap();
    assert_eq!(rows(&all(), &[raw("hosts.gz", gzip.finish().unwrap())]).unwrap().len(), 5);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in [("a.xml", xml::NESSUS.to_owned()), ("b.json", ocsf(json!({})).to_string())] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    assert_eq!(rows(&all(), &[raw("all.zip", zip.finish().unwrap().into_inner())]).unwrap().len(), 6);
}
