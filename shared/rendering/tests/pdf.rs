//! What a reader finds in the PDF.

#![cfg(test)]

mod support;

use domain::{Report, ReportFormat};

/// The text of the PDF without spaces and line ends, at which long words are broken.
fn text(report: &Report) -> String {
    let bytes = support::rendered(report, ReportFormat::Pdf);
    let text = pdf_extract::extract_text_from_mem(&bytes).unwrap();
    squeezed(&text)
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

#[test]
fn every_row_and_every_evidence_is_in_the_text() {
    let report = support::report(300);
    let text = text(&report);
    for finding in &report.findings {
        for part in [&finding.title, &finding.reason, &finding.description] {
            assert!(text.contains(&squeezed(part)), "{part}");
        }
        for row in &finding.rows {
            assert!(text.contains(&squeezed(&row.subject)), "{}", row.subject);
            assert!(text.contains(&squeezed(&row.detail)), "{}", row.detail);
            assert!(row.evidence.iter().all(|id| text.contains(id.as_str())), "{:?}", row.evidence);
        }
    }
    for entry in &report.evidence {
        assert!(text.contains(entry.evidence_id.as_str()), "{}", entry.evidence_id);
        assert!(text.contains(&entry.digest.to_string()), "digest of {}", entry.evidence_id);
    }
    for gap in &report.coverage.gaps {
        assert!(text.contains(gap.evidence_id.as_str()), "{}", gap.evidence_id);
    }
    for query in &report.queries {
        // A page may end inside a query.
        assert!(query.text.lines().all(|line| text.contains(&squeezed(line))), "{}", query.name);
    }
}

#[test]
fn a_requirement_without_controls_and_the_covered_days_are_said() {
    let mut report = support::report(60);
    assert!(text(&report).contains("Evidencecovers2026-06-29to2026-09-30"));
    assert!(report.requirements.iter().any(|entry| entry.controls.is_empty()), "the sample has one");
    assert!(text(&report).contains("Nocontrol"));
    for entry in &mut report.requirements {
        entry.controls = vec![report.findings[0].control.clone()];
    }
    assert!(!text(&report).contains("Nocontrol"));
}

#[test]
fn the_trail_names_the_parameters_and_the_source_file() {
    let report = support::report(60);
    let text = text(&report);
    assert!(text.contains("period_start=2026-07-01T00:00:00Z,period_end=2026-10-01T00:00:00Z"));
    assert!(!text.contains("period_start=2026-07-02"), "the periods of single evidence stand in their own column");
    let single = report.evidence.iter().find(|entry| entry.raw.len() == 1).unwrap();
    assert!(text.contains(&single.raw[0].digest.to_string()));
}

#[test]
fn markup_in_evidence_is_shown_and_never_run() {
    let texts = [
        "#panic()",
        "$x^2$",
        "*bold* _emph_",
        "`raw` ```rust fn```",
        "@ref-to-nothing",
        "<label>",
        "= Heading",
        "- item",
        "#import \"@preview/x:1.0.0\": *",
        "#read(\"/etc/passwd\")",
        "\\u{202e} \\ #[x]",
        "// comment /* and */ https://example.com/?a=1",
        "]] }} )) \"quoted\" 'q' -- --- ... ~",
    ];
    let texts: Vec<String> = texts.into_iter().map(ToOwned::to_owned).collect();
    let text = text(&support::report_with(&texts));
    for expected in &texts {
        assert!(text.contains(&squeezed(expected)), "{expected}");
    }
}

#[test]
fn characters_that_cannot_be_seen_are_named_and_never_stop_the_export() {
    let mut texts: Vec<String> =
        ["\u{202e}fdp.exe", "a\u{0}b", "😀", "名前", "עברית", "e\u{301}", "\u{feff}x", "a\r\nb\tc"]
            .into_iter()
            .map(ToOwned::to_owned)
            .collect();
    // One of each block of Unicode, so that no script makes the export fail.
    texts.extend(
        (0..0x1100).step_by(9).map(|block| (0..4).filter_map(|i| char::from_u32(block * 256 + i * 61)).collect()),
    );
    let text = text(&support::report_with(&texts));
    for expected in
        ["⟨U+202E⟩fdp.exe", "a⟨U+0000⟩b", "⟨U+1F600⟩", "⟨U+540D⟩", "⟨U+05E2⟩", "⟨U+FEFF⟩x", "a⟨U+000D⟩⟨U+000A⟩b"]
    {
        assert!(text.contains(expected), "{expected}");
    }
}

#[test]
fn words_without_end_are_broken_and_lost_nowhere() {
    let texts = ["A".repeat(40_000), format!("arn:aws:s3:::{}", "deep/path/".repeat(3000)), "x ".repeat(20_000)];
    let mut report = support::report(60);
    for (row, text) in report.findings.iter_mut().flat_map(|finding| &mut finding.rows).zip(&texts) {
        row.detail = text.clone();
    }
    let text = text(&report);
    assert!(text.matches('A').count() >= 40_000);
    assert!(text.matches("deep/path/").count() >= 3000 - 600, "{}", text.matches("deep/path/").count());
}

#[test]
fn a_report_without_rows_evidence_or_controls_still_renders() {
    let mut report = support::report(0);
    assert!(text(&report).contains("Noexceptionwasfound"));
    report.findings.clear();
    report.evidence.clear();
    report.queries.clear();
    report.requirements.clear();
    report.coverage.controls.clear();
    report.coverage.gaps.clear();
    assert!(text(&report).contains("Nothingismissing"));
}

#[test]
fn a_report_whose_parts_do_not_know_each_other_loses_nothing() {
    let mut report = support::report(100);
    let lost = report.queries.remove(3);
    report.findings.remove(0);
    report.evidence.retain(|entry| entry.query != "database-grants.toml@1");
    report.findings[0].query = "no-such-query.sql@9".to_owned();
    let text = text(&report);
    assert!(text.contains("no-such-query.sql@9"));
    assert!(report.evidence.iter().all(|entry| text.contains(&entry.digest.to_string())), "{}", lost.name);
}

#[test]
fn the_pdf_says_that_it_is_pdf_a_3b_and_carries_the_report() {
    let report = support::report(50);
    let bytes = support::rendered(&report, ReportFormat::Pdf);
    let metadata = String::from_utf8_lossy(&bytes);
    assert!(metadata.contains("<pdfaid:part>3</pdfaid:part>"));
    assert!(metadata.contains("<pdfaid:conformance>B</pdfaid:conformance>"));
    let json = support::rendered(&report, ReportFormat::Json);
    let document = pdf_extract::Document::load_mem(&bytes).unwrap();
    let streams = document.objects.values().filter_map(|object| object.as_stream().ok());
    let attached: Vec<_> = streams.filter(|stream| stream.dict.has_type(b"EmbeddedFile")).collect();
    assert_eq!(attached.len(), 1);
    assert_eq!(attached[0].decompressed_content().unwrap(), json, "the attached report is the JSON format");
    assert!(metadata.contains("D:20261001000000"), "the only date is the end of the period");
}
